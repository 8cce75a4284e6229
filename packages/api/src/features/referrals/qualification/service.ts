import { type ReferralStatus, withTransaction } from '@linkgrove/db';
import type { AppCtx, AppTrxCtx } from '../../../core/context.ts';
import { finishDueWork } from '../../../core/due-work.ts';
import { publishEventsFrom } from '../../events/service.ts';
import { hasPublishedPage } from '../../pages/publishing/service.ts';
import { rewardReferral } from '../../rewards/service.ts';
import { prepareMilestones, settleMilestones } from '../milestones/service.ts';
import { referralEventQuery, transitionReferral } from '../queries.ts';
import { invalidateReferralStats } from '../stats/service.ts';
import * as queries from './queries.ts';

type LockedReferral = Awaited<ReturnType<typeof queries.getLockedReferral>>;

/** Rewards both sides exactly once. Call it whenever something that the referral's terms depend on has changed. */
export async function qualifyReferral(ctx: AppTrxCtx, referredUserId: string): Promise<void> {
  const id = await queries.lockPendingReferral(ctx.db, referredUserId);
  if (id === undefined) return;
  const referral = await queries.getLockedReferral(ctx.db, id);
  const reason = await findRejectionReason(ctx, referral);
  if (reason) return decidePendingReferral(ctx, referral, 'rejected', reason);
  if (!referral.isVerified || (referral.requiresPage && !(await hasPublishedPage(ctx, referredUserId)))) {
    return queries.updateReferralDue(ctx.db, referral.id, null);
  }
  if (!referral.isOldEnough) return queries.updateReferralDue(ctx.db, referral.id, referral.oldEnoughAt);
  if (await isOverAutoApproveLimit(ctx, referral)) {
    return decidePendingReferral(ctx, referral, 'review', 'auto_approve_limit');
  }
  if (referral.sharesDevice && referral.knownDeviceWeight > 0) {
    await queries.addKnownDevice(ctx.db, referral.id, referral.knownDeviceWeight);
    return decidePendingReferral(ctx, referral, 'review', null);
  }
  const milestones = await prepareMilestones(ctx, { ...referral, userId: referral.referrerId });
  await decidePendingReferral(ctx, referral, 'successful', null);
  await rewardReferral(ctx, referral, referral);
  await settleMilestones(ctx, milestones);
}

/** Nobody can meet the terms of an undecided referral any more. */
export async function rejectReferralOfLeaver(ctx: AppTrxCtx, referredUserId: string): Promise<void> {
  const referral = await queries.lockOpenReferral(ctx.db, referredUserId);
  if (!referral) return;
  const { id, referrerId } = referral;
  const from: ReferralStatus[] = ['pending', 'review'];
  await transitionReferral(ctx.db, { id, from, to: 'rejected', reason: 'account_deleted', actorId: null });
  await publishEventsFrom(ctx, 'referral.rejected', referralEventQuery(id));
  await invalidateReferralStats(ctx, referrerId);
}

async function decidePendingReferral(
  ctx: AppTrxCtx,
  { id, referrerId }: LockedReferral,
  to: 'successful' | 'rejected' | 'review',
  reason: string | null,
): Promise<void> {
  await transitionReferral(ctx.db, { id, from: ['pending'], to, reason, actorId: null });
  if (to !== 'review') await publishEventsFrom(ctx, `referral.${to}`, referralEventQuery(id));
  await invalidateReferralStats(ctx, referrerId);
}

async function isOverAutoApproveLimit(ctx: AppTrxCtx, referral: LockedReferral): Promise<boolean> {
  const { autoApproveLimit: limit, isApproved, referrerId, campaignVersionId: versionId } = referral;
  if (limit === null || isApproved) return false;
  await queries.lockSuccesses(ctx.db, referrerId, versionId);
  return queries.hasSuccesses(ctx.db, { referrerId, versionId, limit });
}

/** Self-referral, a returning person or an inactive referrer. */
async function findRejectionReason(ctx: AppTrxCtx, referral: LockedReferral): Promise<string | null> {
  const { emailCanonical, referrerId } = referral;
  if (emailCanonical !== null) {
    const isOwn =
      emailCanonical === referral.referrerEmailCanonical ||
      (await queries.hasPreviousEmail(ctx.db, referrerId, ctx.emailHash(emailCanonical)));
    if (isOwn) return 'own_address';
    const { referredUserId, isVerified } = referral;
    const emailHmac = ctx.emailHash(emailCanonical);
    if (isVerified && (await queries.isEarlierEmail(ctx.db, referredUserId, emailHmac)))
      return 'returning_person';
  }
  return referral.isVerified && !referral.isReferrerActive ? 'referrer_inactive' : null;
}

export const qualifyDueReferrals = (ctx: AppCtx): Promise<void> =>
  finishDueWork(
    (limit) => queries.listDueReferredUserIds(ctx.db, limit),
    (userId) => withTransaction(ctx, (trx) => qualifyReferral(trx, userId)),
  );
