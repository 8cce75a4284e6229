import type { Paginated, ReferralStatus } from '@linkgrove/db';
import type { z } from 'zod';
import type { UserCtx } from '../../core/context.ts';
import { type PageRequest, paginate } from '../../core/http/pagination.ts';
import * as queries from './queries.ts';
import type { referralOutput, StatsPeriod } from './schema.ts';
import { getReferralFunnel, getReferralStats } from './stats/service.ts';

export { qualifyReferral } from './qualification/service.ts';

export type Referral = z.infer<typeof referralOutput>;

export async function listReferrals(
  ctx: UserCtx,
  input: PageRequest & { status?: ReferralStatus | undefined },
): Promise<Paginated<Referral>> {
  const { status } = input;
  const { userId: referrerId } = ctx.principal;
  return paginate(
    input,
    (before, limit) => queries.listReferralRows(ctx.db, { referrerId, status, before, limit }),
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
  ...(row.utm && { utm: row.utm }),
});

export const getOwnReferralStats = (ctx: UserCtx, period: StatsPeriod) =>
  getReferralStats(ctx, { ...period, userId: ctx.principal.userId });

export const getOwnReferralFunnel = (ctx: UserCtx, period: StatsPeriod) =>
  getReferralFunnel(ctx, { ...period, userId: ctx.principal.userId });
