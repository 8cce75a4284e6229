import { type Paginated, type ReferralStatus, withTransaction } from '@linkgrove/db';
import type { AppCtx, AppTrxCtx, UserCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { type PageRequest, paginate } from '../../../core/http/pagination.ts';
import { reverseRewards } from '../../rewards/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { qualifyReferral } from '../qualification/service.ts';
import { transitionReferral } from '../queries.ts';
import { invalidateReferralStats } from '../stats/service.ts';
import * as queries from './queries.ts';
import type { ReviewedReferral } from './schema.ts';

const toReviewed = (
  row: Awaited<ReturnType<typeof queries.listReviewedReferralRows>>[number],
): ReviewedReferral => ({
  ...row,
  dateReferred: row.dateReferred.toISOString(),
  qualifiedAt: row.qualifiedAt?.toISOString() ?? null,
});

/** A page of the referrals in one state, the longest waiting first. */
export async function listReviewedReferrals(
  ctx: AppCtx,
  input: PageRequest & { status: ReferralStatus },
): Promise<Paginated<ReviewedReferral>> {
  const { status } = input;
  return paginate(
    input,
    (after, limit) => queries.listReviewedReferralRows(ctx.db, { status, after, limit }),
    toReviewed,
  );
}

async function get(ctx: AppCtx, id: string): Promise<ReviewedReferral> {
  const [row] = await queries.listReviewedReferralRows(ctx.db, { id });
  if (!row) throw new AppError('NOT_FOUND', 'There is no such referral');
  return toReviewed(row);
}

type Decision = {
  type: 'referral_approved' | 'referral_rejected' | 'referral_reversed';
  from: ReferralStatus[];
  to: ReferralStatus;
  effect: (ctx: AppTrxCtx, referral: { id: string; referredUserId: string }) => Promise<void>;
};

/** Moves a referral as an administrator decided, and writes that down. Throws `NOT_FOUND` and `CONFLICT`. */
async function decide(
  ctx: UserCtx,
  { id, reason }: { id: string; reason: string },
  { type, from, to, effect }: Decision,
): Promise<ReviewedReferral> {
  const { status } = await get(ctx, id);
  const { userId: actorId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    const moved = await transitionReferral(trx.db, { id, from, to, reason, actorId });
    if (!moved) throw new AppError('CONFLICT', `This referral is ${status}, not ${from.join(' or ')}`);
    await effect(trx, moved);
    await recordSecurityEvent(trx, type, {
      userId: moved.referrerId,
      actorId,
      details: { referralId: id, reason },
    });
    await invalidateReferralStats(trx, moved.referrerId);
  });
  return get(ctx, id);
}

/** Clears a referral of suspicion; it becomes successful as soon as it meets its terms, which may be at once. */
export const approveReferral = (
  ctx: UserCtx,
  input: { id: string; reason: string },
): Promise<ReviewedReferral> =>
  decide(ctx, input, {
    type: 'referral_approved',
    from: ['review'],
    to: 'pending',
    effect: (trx, { referredUserId }) => qualifyReferral(trx, referredUserId),
  });

/** Rejects a referral that has not been rewarded. */
export const rejectReferral = (
  ctx: UserCtx,
  input: { id: string; reason: string },
): Promise<ReviewedReferral> =>
  decide(ctx, input, {
    type: 'referral_rejected',
    from: ['pending', 'review'],
    to: 'rejected',
    effect: async () => {},
  });

/** Rejects a referral that was successful and takes back what it gave, but for credits that were spent. */
export const reverseReferral = (
  ctx: UserCtx,
  input: { id: string; reason: string },
): Promise<ReviewedReferral> =>
  decide(ctx, input, {
    type: 'referral_reversed',
    from: ['successful'],
    to: 'rejected',
    effect: (trx, { id }) => reverseRewards(trx, id),
  });
