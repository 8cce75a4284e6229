import { type Paginated, withTransaction } from '@linkgrove/db';
import type { AppCtx, AppTrxCtx, UserCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { type PageRequest, paginate } from '../../../core/http/pagination.ts';
import { publishEventsFrom } from '../../events/service.ts';
import { lockMilestones } from '../../rewards/milestones/service.ts';
import { mailTakenCredits } from '../../rewards/notices/service.ts';
import { restoreRewards, reverseRewards } from '../../rewards/reversals/service.ts';
import { foundUsersSubquery, resolveUserId } from '../../users/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { regainMilestones, takeLostMilestones } from '../milestones/service.ts';
import { qualifyReferral } from '../qualification/service.ts';
import { referralEventQuery, type ReferralTransition, transitionReferral } from '../queries.ts';
import { resolveReferralRange } from '../service.ts';
import { invalidateReferralStats } from '../stats/service.ts';
import * as queries from './queries.ts';
import type { ReversalCause, ReviewedReferral, ReviewFilters, ReviewOrder } from './schema.ts';

const toReviewedReferral = (
  row: Awaited<ReturnType<typeof queries.listReviewedReferralRows>>[number],
): ReviewedReferral => ({
  ...row,
  dateReferred: row.dateReferred.toISOString(),
  qualifiedAt: row.qualifiedAt?.toISOString() ?? null,
});

export async function resolveReview(
  ctx: AppCtx,
  { referrer, campaign, status, link, reason, q, ...period }: ReviewFilters,
): Promise<queries.ReviewedReferralsFilter> {
  const referrerId = referrer === undefined ? undefined : await resolveUserId(ctx, referrer);
  const search = q === undefined ? undefined : { text: q, users: foundUsersSubquery(q) };
  return { status, referrerId, campaignId: campaign, link, reason, search, ...resolveReferralRange(period) };
}

export async function listReviewedReferrals(
  ctx: AppCtx,
  { limit, cursor, sort, ...filters }: PageRequest & ReviewFilters & { sort: ReviewOrder },
): Promise<Paginated<ReviewedReferral>> {
  const where = queries.reviewedReferralsCondition(await resolveReview(ctx, filters));
  return paginate(
    { limit, cursor },
    (after, rows) => queries.listReviewedReferralRows(ctx.db, { where, sort, after, limit: rows }),
    toReviewedReferral,
  );
}

const createReferralNotFoundError = () => new AppError('NOT_FOUND', 'Referral not found');

export async function getReviewedReferral(ctx: AppCtx, id: string): Promise<ReviewedReferral> {
  const [row] = await queries.listReviewedReferralRows(ctx.db, { id });
  if (!row) throw createReferralNotFoundError();
  return toReviewedReferral(row);
}

type DecidedReferral = { id: string; referrerId: string; referredUserId: string };
type ReferralDecision = {
  type: 'referral_approved' | 'referral_rejected' | 'referral_reversed' | 'referral_restored';
  /** Completes "This referral is …, not …". */
  from: string;
  /** Under the referral's lock. Returns undefined if its status does not allow the decision. */
  move: (ctx: AppTrxCtx, by: { reason: string; actorId: string }) => Promise<DecidedReferral | undefined>;
  effect: (ctx: AppTrxCtx, referral: DecidedReferral) => Promise<void>;
  details?: Record<string, string>;
};

/** Throws `NOT_FOUND` and `CONFLICT`. */
async function decideReferral(
  ctx: UserCtx,
  { id, reason }: { id: string; reason: string },
  { type, from, move, effect, details }: ReferralDecision,
): Promise<ReviewedReferral> {
  const { userId: actorId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    const status = await queries.lockReferralStatus(trx.db, id);
    if (!status) throw createReferralNotFoundError();
    const referral = await move(trx, { reason, actorId });
    if (!referral) throw new AppError('CONFLICT', `This referral is ${status}, not ${from}`);
    await effect(trx, referral);
    await recordSecurityEvent(trx, type, {
      userId: referral.referrerId,
      actorId,
      details: { referralId: id, reason, ...details },
    });
    await invalidateReferralStats(trx, referral.referrerId);
  });
  return getReviewedReferral(ctx, id);
}

const moveReferral =
  (change: Pick<ReferralTransition, 'id' | 'from' | 'to' | 'cause'>): ReferralDecision['move'] =>
  ({ db }, by) =>
    transitionReferral(db, { ...change, ...by });

/** The referral qualifies at once if it already meets its terms. */
export const approveReferral = (
  ctx: UserCtx,
  input: { id: string; reason: string },
): Promise<ReviewedReferral> =>
  decideReferral(ctx, input, {
    type: 'referral_approved',
    from: 'review',
    move: moveReferral({ id: input.id, from: ['review'], to: 'pending' }),
    effect: (trx, { referredUserId }) => qualifyReferral(trx, referredUserId),
  });

export const rejectReferral = (
  ctx: UserCtx,
  input: { id: string; reason: string },
): Promise<ReviewedReferral> =>
  decideReferral(ctx, input, {
    type: 'referral_rejected',
    from: 'pending or review',
    move: moveReferral({ id: input.id, from: ['pending', 'review'], to: 'rejected' }),
    effect: (trx, { id }) => publishEventsFrom(trx, 'referral.rejected', referralEventQuery(id)),
  });

/** A reward that is already spent goes to review instead of being taken back. */
export const reverseReferral = (
  ctx: UserCtx,
  { cause = 'other', ...input }: { id: string; reason: string; cause?: ReversalCause },
): Promise<ReviewedReferral> =>
  decideReferral(ctx, input, {
    type: 'referral_reversed',
    from: 'successful',
    move: moveReferral({ id: input.id, from: ['successful'], to: 'rejected', cause }),
    details: { cause },
    effect: async (trx, referral) => {
      const { id, referrerId } = referral;
      await publishEventsFrom(trx, 'referral.reversed', referralEventQuery(id));
      await lockMilestones(trx, referrerId);
      const rewards = await reverseRewards(trx, referral);
      const milestones = await takeLostMilestones(trx, referrerId);
      await mailTakenCredits(trx, cause, [...rewards, ...milestones]);
    },
  });

/** Undoes a reversal. */
export const restoreReferral = (
  ctx: UserCtx,
  input: { id: string; reason: string },
): Promise<ReviewedReferral> =>
  decideReferral(ctx, input, {
    type: 'referral_restored',
    from: 'reversed',
    move: async ({ db }, by) => queries.restoreReferralRow(db, { id: input.id, ...by }),
    effect: async (trx, { id, referrerId }) => {
      await publishEventsFrom(trx, 'referral.successful', referralEventQuery(id));
      await lockMilestones(trx, referrerId);
      await restoreRewards(trx, id);
      await regainMilestones(trx, id);
    },
  });
