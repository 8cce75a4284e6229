import type { TrxCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { retakeCapSlot, returnCapSlot } from '../caps/service.ts';
import { lockCreditAccounts, type RewardChange, subtractCredits, updateRewardState } from '../queries.ts';
import { publishRewardEvent } from '../service.ts';
import * as queries from './queries.ts';

/** `role` is null for what an administrator deducted. */
export type TakenBack = {
  userId: string;
  role: queries.StandingReward['role'] | null;
  credits: number;
  owed: number;
};

/**
 * Takes both sides' rewards back and cancels pending ones. One whose credits are already spent goes to `review` instead.
 * Afterwards the accounts of both sides and of the referrer are locked.
 */
export async function reverseRewards(
  { db }: TrxCtx,
  { id: referralId, referrerId }: { id: string; referrerId: string },
): Promise<TakenBack[]> {
  await queries.lockReferralRewards(db, referralId);
  const rewards = await queries.lockGrantedRewards(db, referralId);
  await lockCreditAccounts(db, [...new Set([referrerId, ...rewards.map(({ userId }) => userId)])]);
  const taken = await takeRewardsBack({ db }, rewards, {});
  for (const reward of await queries.listPendingRewards(db, referralId)) await cancelReward({ db }, reward);
  return taken;
}

async function takeRewardsBack(
  ctx: TrxCtx,
  rewards: queries.StandingReward[],
  why: Pick<RewardChange, 'reason' | 'decidedBy'>,
): Promise<TakenBack[]> {
  const taken: TakenBack[] = [];
  for (const reward of rewards) taken.push(await takeRewardBack(ctx, reward, why));
  return taken;
}

/** Needs locks on the reward and the account. */
export async function takeRewardBack(
  ctx: TrxCtx,
  reward: queries.StandingReward,
  why: Pick<RewardChange, 'reason' | 'decidedBy'>,
): Promise<TakenBack> {
  const { id, userId, role, credits } = reward;
  if (await reverseReward(ctx, reward, why)) return { userId, role, credits, owed: 0 };
  await updateRewardState(ctx.db, id, { state: 'review', ...why });
  return { userId, role, credits: 0, owed: credits };
}

/** Needs the lock on the reward. Nothing was granted, so there is no event. */
export async function cancelReward({ db }: TrxCtx, reward: queries.PendingReward): Promise<void> {
  await updateRewardState(db, reward.id, { state: 'cancelled' });
  if (reward.role === 'referrer') await returnCapSlot({ db }, reward);
}

/** Needs locks on the reward and the account. Returns false if the credits are already spent. */
export async function reverseReward(
  { db }: TrxCtx,
  reward: queries.StandingReward,
  why: Pick<RewardChange, 'reason' | 'decidedBy'>,
): Promise<boolean> {
  const { id, entryId, userId, credits } = reward;
  const balance = await subtractCredits(db, userId, credits);
  if (balance === undefined) return false;
  const entry = { id: generateId(), userId, credits, rewardId: id, reversesId: entryId, balance };
  await queries.insertReversalEntry(db, entry);
  await updateRewardState(db, id, { state: 'reversed', ...why });
  await publishRewardEvent({ db }, 'reward.reversed', reward);
  if (reward.role === 'referrer') await returnCapSlot({ db }, reward);
  return true;
}

/** Undoes `reverseRewards`. A slot under a cap is taken again, even if another reward has got it since. */
export async function restoreRewards({ db }: TrxCtx, referralId: string): Promise<void> {
  for (const reward of await queries.lockLostRewards(db, referralId)) await restoreReward({ db }, reward);
}

/** Needs the lock on the reward. Credits that were never taken back need no entry. */
export async function restoreReward({ db }: TrxCtx, reward: queries.LostReward): Promise<void> {
  const { id, userId, credits, state, role } = reward;
  const restored = state === 'cancelled' ? 'pending' : 'granted';
  await updateRewardState(db, id, { state: restored, reason: null, decidedBy: null, isRestored: true });
  if (state === 'review' || state === 'waived') return;
  if (role === 'referrer') await retakeCapSlot({ db }, reward);
  if (state === 'cancelled') return;
  await queries.insertRestorationEntry(db, { id: generateId(), userId, credits, rewardId: id });
  await publishRewardEvent({ db }, 'reward.granted', reward);
}

/** Needs the lock on milestones and on the account. */
export const reverseLostMilestones = async (
  { db }: TrxCtx,
  { userId, count }: { userId: string; count: number },
): Promise<TakenBack[]> =>
  takeRewardsBack({ db }, await queries.lockLostMilestones(db, userId, count), {
    reason: 'below_milestone',
  });

/** Needs the lock on milestones. */
export async function restoreRegainedMilestones(
  { db }: TrxCtx,
  { userId, count }: { userId: string; count: number },
): Promise<queries.LostReward[]> {
  const regained = await queries.lockRegainedMilestones(db, userId, count);
  for (const reward of regained) await restoreReward({ db }, reward);
  return regained;
}
