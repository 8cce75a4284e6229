import { type CapPeriod, type Paginated, withTransaction } from '@linkgrove/db';
import type { DbCtx, TrxCtx, UserCtx } from '../../core/context.ts';
import { generateId } from '../../core/crypto/ids.ts';
import { type PageRequest, paginate } from '../../core/http/pagination.ts';
import type { EventData } from '../events/schema.ts';
import { publishEvent } from '../events/service.ts';
import { findPersonalWorkspaceId } from '../workspaces/service.ts';
import { type Cap, returnCapSlot, takeCapSlot } from './caps/service.ts';
import { mailNewcomer } from './newcomers/service.ts';
import * as queries from './queries.ts';
import { listCatalogue } from './items/service.ts';
import type { CreditEntry, RewardsPage } from './schema.ts';

export { CAP_PERIOD_FORMATS } from './caps/queries.ts';

export type RewardTerms = {
  campaignId: string;
  referrerCredits: number;
  referredCredits: number;
  holdDays: number;
  cap: number | null;
  capPeriod: CapPeriod;
  timezone: string;
};

/** Each side exactly once, after the hold of the terms. A referrer's reward over the cap is stored as `capped` and pays nothing. */
export async function rewardReferral(
  ctx: TrxCtx,
  referral: { id: string; referrerId: string; referredUserId: string },
  terms: RewardTerms,
): Promise<void> {
  const { id: referralId, referrerId, referredUserId } = referral;
  const { campaignId, holdDays, cap, capPeriod, timezone } = terms;
  const common = { referralId, campaignId, holdDays };
  const sides = [
    { ...common, userId: referrerId, role: 'referrer' as const, credits: terms.referrerCredits },
    { ...common, userId: referredUserId, role: 'referred' as const, credits: terms.referredCredits },
  ];
  for (const side of sides.filter(({ credits }) => credits > 0)) {
    await grantReward(
      ctx,
      side,
      cap !== null && side.role === 'referrer' ? { cap, capPeriod, timezone } : null,
    );
  }
}

/** Stores the reward before it takes a slot under the cap, so that a repeated call takes no second slot. */
export async function grantReward(
  { db }: TrxCtx,
  reward: Omit<queries.NewReward, 'id'>,
  limit: Cap | null,
): Promise<void> {
  const id = generateId();
  if (!(await queries.insertReward(db, { ...reward, id }))) return;
  const slot = { userId: reward.userId, rewardId: id };
  if (reward.role === 'referrer' && !(await takeCapSlot({ db }, slot, limit))) {
    return queries.updateRewardState(db, id, { state: 'capped' });
  }
  if (reward.holdDays === 0) await payReward({ db }, { ...reward, id }, id);
}

/** Writes the entry of a reward and tells of it. */
export async function payReward(
  { db }: TrxCtx,
  reward: Omit<queries.NewReward, 'campaignId' | 'holdDays'>,
  entryId: string,
): Promise<void> {
  const { id: rewardId, userId, credits, role, referralId } = reward;
  await queries.insertCreditEntry(db, { id: entryId, userId, credits, rewardId });
  const facts = { id: rewardId, userId, role, credits, referralId, milestone: null };
  await publishRewardEvent({ db }, 'reward.granted', facts);
  if (role === 'referred') await mailNewcomer({ db }, { referralId, credits });
}

type RewardFacts = EventData<'reward.granted'> & { userId: string };

/** Rewards belong to the personal workspace of their user. */
export const publishRewardEvent = (
  ctx: TrxCtx,
  type: 'reward.granted' | 'reward.reversed',
  { userId, id, role, credits, referralId, milestone }: RewardFacts,
): Promise<void> =>
  publishEvent(ctx, type, {
    workspaceId: findPersonalWorkspaceId(userId),
    objectId: id,
    data: { id, role, credits, referralId, milestone },
  });

/** Cancels pending rewards. One whose credits are already spent goes to `review` instead. */
export async function reverseRewards({ db }: TrxCtx, referralId: string): Promise<void> {
  await queries.lockReferralRewards(db, referralId);
  const rewards = await queries.lockRewards(db, { referralId, state: 'granted' });
  await queries.lockCreditAccounts(
    db,
    rewards.map(({ userId }) => userId),
  );
  for (const reward of rewards) {
    if (!(await reverseReward({ db }, reward))) {
      await queries.updateRewardState(db, reward.id, { state: 'review' });
    }
  }
  for (const reward of await queries.listPendingRewards(db, referralId)) await cancelReward({ db }, reward);
}

/** Needs the lock on the reward. Nothing was granted, so no event tells of it. */
export async function cancelReward({ db }: TrxCtx, reward: queries.PendingReward): Promise<void> {
  await queries.updateRewardState(db, reward.id, { state: 'cancelled' });
  if (reward.role === 'referrer') await returnCapSlot({ db }, reward);
}

/** Needs locks on the reward and the account. Returns false if the credits are already spent. */
export async function reverseReward({ db }: TrxCtx, reward: queries.GrantedReward): Promise<boolean> {
  const { id, entryId, userId, credits } = reward;
  const balance = await queries.subtractCredits(db, userId, { balance: credits, earned: credits });
  if (balance === undefined) return false;
  await queries.insertReversalEntry(db, { id: generateId(), userId, credits, reversesId: entryId, balance });
  await queries.updateRewardState(db, id, { state: 'reversed' });
  await publishRewardEvent({ db }, 'reward.reversed', reward);
  if (reward.role === 'referrer') await returnCapSlot({ db }, reward);
  return true;
}

export const getCreditAccount = (ctx: DbCtx, userId: string): Promise<queries.CreditAccount> =>
  queries.findCreditAccount(ctx.db, userId);

const SETTLEMENT_BATCH = 5_000;

export async function settleCredits(ctx: DbCtx): Promise<void> {
  for (;;) {
    const moved = await withTransaction(ctx, ({ db }) => queries.settleCreditDeltas(db, SETTLEMENT_BATCH));
    if (moved < SETTLEMENT_BATCH) return;
  }
}

export async function listCreditEntries(ctx: UserCtx, input: PageRequest): Promise<Paginated<CreditEntry>> {
  const { userId } = ctx.principal;
  return paginate(
    input,
    (before, limit) => queries.listCreditEntryRows(ctx.db, { userId, before, limit }),
    ({ createdAt, dueAt, ...row }) => ({
      ...row,
      createdAt: createdAt.toISOString(),
      dueAt: dueAt?.toISOString() ?? null,
    }),
  );
}

export async function listRewards(ctx: UserCtx, input: PageRequest): Promise<RewardsPage> {
  const { userId } = ctx.principal;
  const page = await listCreditEntries(ctx, input);
  const { balance, pending } = await getCreditAccount(ctx, userId);
  return {
    balance,
    pending,
    ...page,
    catalogue: await listCatalogue(ctx, { userId, credits: balance }),
  };
}
