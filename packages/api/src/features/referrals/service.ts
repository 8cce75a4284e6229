import type { Paginated } from '@linkgrove/db';
import type { z } from 'zod';
import type { UserCtx } from '../../core/context.ts';
import { type PageRequest, paginate } from '../../core/http/pagination.ts';
import { createValidationError } from '../../core/errors.ts';
import { findMoment, openTimeZone } from '../analytics/service.ts';
import * as queries from './queries.ts';
import type { PeriodFilters, ReferralFilters, referralOutput, StatsPeriod } from './schema.ts';
import { getReferralFunnel, getReferralStats } from './stats/service.ts';

export { qualifyReferral } from './qualification/service.ts';

export type Referral = z.infer<typeof referralOutput>;

/** Throws `VALIDATION_FAILED` unless `from` comes before `to`. */
export function resolveReferralRange({ from, to, timezone }: PeriodFilters): queries.ReferralRange {
  const zone = openTimeZone(timezone);
  const range = {
    from: from === undefined ? null : new Date(findMoment(zone, from, 'from')),
    to: to === undefined ? null : new Date(findMoment(zone, to, 'to')),
  };
  if (range.from && range.to && range.from >= range.to) {
    throw createValidationError({ path: 'from', message: 'Must be before `to`', code: 'invalid_range' });
  }
  return range;
}

export const resolveReferralFilters = (filters: ReferralFilters): queries.OwnReferralsFilter => ({
  status: filters.status,
  link: filters.link,
  campaignId: filters.campaign,
  ...resolveReferralRange(filters),
});

export async function listReferrals(
  ctx: UserCtx,
  { limit, cursor, ...filters }: PageRequest & ReferralFilters,
): Promise<Paginated<Referral>> {
  const { userId: referrerId } = ctx.principal;
  const filter = resolveReferralFilters(filters);
  return paginate(
    { limit, cursor },
    (before, rows) => queries.listReferralRows(ctx.db, { referrerId, filter, before, limit: rows }),
    toReferral,
  );
}

const toReferral = (row: Awaited<ReturnType<typeof queries.listReferralRows>>[number]): Referral => ({
  id: row.id,
  username: row.username,
  status: row.status,
  dateReferred: row.dateReferred.toISOString(),
  qualifiedAt: row.qualifiedAt?.toISOString() ?? null,
  link: { code: row.code, label: row.label },
  source: row.source,
  page: row.pageId === null || row.pageHandle === null ? null : { id: row.pageId, handle: row.pageHandle },
  reward:
    row.rewardState === null || row.rewardCredits === null
      ? null
      : { state: row.rewardState, credits: row.rewardCredits },
  ...(row.utm && { utm: row.utm }),
});

export const getOwnReferralStats = (ctx: UserCtx, period: StatsPeriod) =>
  getReferralStats(ctx, { ...period, userId: ctx.principal.userId });

export const getOwnReferralFunnel = (ctx: UserCtx, period: StatsPeriod) =>
  getReferralFunnel(ctx, { ...period, userId: ctx.principal.userId });
