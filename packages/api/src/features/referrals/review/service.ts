import { type Paginated, type ReferralStatus, withTransaction } from '@linkgrove/db';
import type { AppCtx, AppTrxCtx, UserCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { type PageRequest, paginate } from '../../../core/http/pagination.ts';
import { publishEventsFrom } from '../../events/service.ts';
import { reverseRewards } from '../../rewards/service.ts';
import { foundUsersSubquery, resolveUserId } from '../../users/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { qualifyReferral } from '../qualification/service.ts';
import { referralEventQuery, transitionReferral } from '../queries.ts';
import { resolveReferralRange } from '../service.ts';
import { invalidateReferralStats } from '../stats/service.ts';
import * as queries from './queries.ts';
import type { ReviewedReferral, ReviewFilters, ReviewOrder } from './schema.ts';

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

type ReferralDecision = {
  type: 'referral_approved' | 'referral_rejected' | 'referral_reversed';
  from: ReferralStatus[];
  to: ReferralStatus;
  effect: (ctx: AppTrxCtx, referral: { id: string; referredUserId: string }) => Promise<void>;
};

/** Throws `NOT_FOUND`, or `CONFLICT` for a status not in `from`. */
async function decideReferral(
  ctx: UserCtx,
  { id, reason }: { id: string; reason: string },
  { type, from, to, effect }: ReferralDecision,
): Promise<ReviewedReferral> {
  const { userId: actorId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    const status = await queries.lockReferralStatus(trx.db, id);
    if (!status) throw createReferralNotFoundError();
    const referral = await transitionReferral(trx.db, { id, from, to, reason, actorId });
    if (!referral) throw new AppError('CONFLICT', `This referral is ${status}, not ${from.join(' or ')}`);
    await effect(trx, referral);
    await recordSecurityEvent(trx, type, {
      userId: referral.referrerId,
      actorId,
      details: { referralId: id, reason },
    });
    await invalidateReferralStats(trx, referral.referrerId);
  });
  return getReviewedReferral(ctx, id);
}

/** The referral qualifies at once if it already meets its terms. */
export const approveReferral = (
  ctx: UserCtx,
  input: { id: string; reason: string },
): Promise<ReviewedReferral> =>
  decideReferral(ctx, input, {
    type: 'referral_approved',
    from: ['review'],
    to: 'pending',
    effect: (trx, { referredUserId }) => qualifyReferral(trx, referredUserId),
  });

export const rejectReferral = (
  ctx: UserCtx,
  input: { id: string; reason: string },
): Promise<ReviewedReferral> =>
  decideReferral(ctx, input, {
    type: 'referral_rejected',
    from: ['pending', 'review'],
    to: 'rejected',
    effect: (trx, { id }) => publishEventsFrom(trx, 'referral.rejected', referralEventQuery(id)),
  });

/** A reward that is already spent goes to review instead of being taken back. */
export const reverseReferral = (
  ctx: UserCtx,
  input: { id: string; reason: string },
): Promise<ReviewedReferral> =>
  decideReferral(ctx, input, {
    type: 'referral_reversed',
    from: ['successful'],
    to: 'rejected',
    effect: async (trx, { id }) => {
      await publishEventsFrom(trx, 'referral.reversed', referralEventQuery(id));
      await reverseRewards(trx, id);
    },
  });
