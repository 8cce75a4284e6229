import { type Page, type ReferralStatus, toPage, type Trx } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, UserCtx } from '../../core/context.ts';
import { cursorToId } from '../../core/pagination.ts';
import { rewardReferrer } from '../rewards/service.ts';
import type { SignUpLink } from './links/service.ts';
import * as queries from './queries.ts';
import type { referral } from './schema.ts';
import { forgetStats, getStats } from './stats/service.ts';

/** Counts a new user's sign-up, pending until they qualify, or rejected. */
export async function attachReferral(
  ctx: AppCtx & { db: Trx },
  input: { link: SignUpLink; referredUserId: string; status: 'pending' | 'rejected' },
): Promise<void> {
  const { referredUserId, status } = input;
  const { id: linkId, ownerId: referrerId } = input.link;
  await queries.insertReferral(ctx.db, { referrerId, linkId, referredUserId, status });
  await forgetStats(ctx, referrerId);
}

/** Makes a pending referral of the user successful and rewards the referrer; once, however often it is asked. */
export async function qualifyReferral(ctx: AppCtx & { db: Trx }, referredUserId: string): Promise<void> {
  const referral = await queries.qualifyReferral(ctx.db, referredUserId);
  if (!referral) return;
  await rewardReferrer(ctx, referral);
  await forgetStats(ctx, referral.referrerId);
}

export type Referral = z.infer<typeof referral>;

/** A page of the people the user referred, newest first; never their addresses. */
export async function list(
  ctx: UserCtx,
  input: { status?: ReferralStatus | undefined; limit: number; cursor?: string | undefined },
): Promise<Page<Referral>> {
  const before = cursorToId(input.cursor);
  const { userId: referrerId } = ctx.principal;
  const rows = await queries.listReferrals(ctx.db, {
    referrerId,
    status: input.status,
    before,
    limit: input.limit,
  });
  return toPage(rows.map(toReferral), input.limit);
}

const toReferral = (row: Awaited<ReturnType<typeof queries.listReferrals>>[number]): Referral => ({
  id: row.id,
  username: row.username,
  status: row.status,
  dateReferred: row.dateReferred.toISOString(),
  qualifiedAt: row.qualifiedAt?.toISOString() ?? null,
  link: { code: row.code, label: row.label },
});

/** The signed-in user's own counts. */
export const stats = (ctx: UserCtx, input: { days: number }) =>
  getStats(ctx, { userId: ctx.principal.userId, days: input.days });
