import { withTransaction } from '@linkgrove/db';
import type { AppCtx, AppTrxCtx } from '../../../core/context.ts';
import { hasPublishedPage } from '../../pages/service.ts';
import { listOpenMilestones, rewardMilestones } from '../../rewards/milestones/service.ts';
import { rewardReferral } from '../../rewards/service.ts';
import { mailMilestones } from '../digests/service.ts';
import { transitionReferral } from '../queries.ts';
import { invalidateReferralStats } from '../stats/service.ts';
import * as queries from './queries.ts';

type Pending = NonNullable<Awaited<ReturnType<typeof queries.lockPendingReferral>>>;

/**
 * Makes the pending referral of a user successful if it meets the terms it was made under, and rewards both
 * sides; once, however often it is asked. To be called when something it depends on has changed.
 */
export async function qualifyReferral(ctx: AppTrxCtx, referredUserId: string): Promise<void> {
  const referral = await queries.lockPendingReferral(ctx.db, referredUserId);
  if (!referral) return;
  const reason = await whyRejected(ctx, referral);
  if (reason) return settle(ctx, referral, 'rejected', reason);
  if (!referral.isVerified || (referral.requiresPage && !(await hasPublishedPage(ctx, referredUserId)))) {
    return queries.updateReferralDue(ctx.db, referral.id, null);
  }
  if (!referral.isOldEnough) return queries.updateReferralDue(ctx.db, referral.id, referral.oldEnoughAt);
  await settle(ctx, referral, 'successful', null);
  await rewardReferral(ctx, referral, referral);
  await reachMilestone(ctx, { ...referral, userId: referral.referrerId });
}

async function settle(
  ctx: AppTrxCtx,
  { id, referrerId }: Pending,
  to: 'successful' | 'rejected',
  reason: string | null,
): Promise<void> {
  await transitionReferral(ctx.db, { id, from: ['pending'], to, reason, actorId: null });
  await invalidateReferralStats(ctx, referrerId);
}

/** The newcomer may have turned out to be the referrer; and who is gone or suspended earns nothing. */
async function whyRejected(ctx: AppTrxCtx, referral: Pending): Promise<string | null> {
  const { emailCanonical, referrerId } = referral;
  if (emailCanonical !== null) {
    const isOwn =
      emailCanonical === referral.referrerEmailCanonical ||
      (await queries.existsPreviousEmail(ctx.db, referrerId, ctx.emailHash(emailCanonical)));
    if (isOwn) return 'own_address';
    if (
      referral.isVerified &&
      (await queries.isEmailOfAnotherUser(ctx.db, referral.referredUserId, emailCanonical))
    ) {
      return 'returning_person';
    }
  }
  return referral.isVerified && !referral.isReferrerActive ? 'referrer_inactive' : null;
}

type Milestones = {
  userId: string;
  campaignId: string;
  milestones: { referrals: number; credits: number }[];
};

/** Rewards a referrer for the milestone that a referral has just reached; what is below it is for the roll-up. */
async function reachMilestone(ctx: AppTrxCtx, of: Milestones): Promise<void> {
  if ((await listOpenMilestones(ctx, of)).length === 0) return;
  const count = await queries.countSuccessfulReferrals(ctx.db, of.userId);
  const milestones = of.milestones.filter(({ referrals }) => referrals === count);
  await mailMilestones(ctx, of.userId, await rewardMilestones(ctx, { ...of, milestones, count }));
}

/** Rewards a referrer for each milestone that their successful referrals have reached. */
export async function reachMilestones(ctx: AppTrxCtx, of: Milestones): Promise<void> {
  const count = await queries.countSuccessfulReferrals(ctx.db, of.userId);
  await mailMilestones(ctx, of.userId, await rewardMilestones(ctx, { ...of, count }));
}

const BATCH = 500;
const AT_ONCE = 8;

/** Upkeep: looks again at the pending referrals whose time has come. */
export async function qualifyDueReferrals(ctx: AppCtx): Promise<void> {
  let due: string[];
  do {
    due = await queries.listDueReferrals(ctx.db, BATCH);
    for (let first = 0; first < due.length; first += AT_ONCE) {
      const some = due.slice(first, first + AT_ONCE);
      await Promise.all(some.map((userId) => withTransaction(ctx, (trx) => qualifyReferral(trx, userId))));
    }
  } while (due.length === BATCH);
}
