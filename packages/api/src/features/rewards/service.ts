import { type CapPeriod, type Paginated, withTransaction } from '@linkgrove/db';
import type { AppCtx, DbCtx, TrxCtx, UserCtx } from '../../core/context.ts';
import { generateId } from '../../core/crypto/ids.ts';
import { type PageRequest, paginate } from '../../core/http/pagination.ts';
import * as queries from './queries.ts';
import { CREDIT_COSTS, type CreditEntry, redeemableItem, type RewardsPage } from './schema.ts';

/** What one version of a campaign gives. */
export type RewardTerms = {
  campaignId: string;
  referrerCredits: number;
  referredCredits: number;
  cap: number | null;
  capPeriod: CapPeriod;
};

/**
 * Rewards both sides of a referral that became successful by the terms it was made under, each exactly once.
 * Beyond its cap the referrer's reward is stored as `capped` and gives nothing.
 */
export async function rewardReferral(
  ctx: TrxCtx,
  referral: { id: string; referrerId: string; referredUserId: string },
  terms: RewardTerms,
): Promise<void> {
  const { id: referralId, referrerId, referredUserId } = referral;
  const { campaignId, cap, capPeriod } = terms;
  const common = { referralId, campaignId };
  const sides = [
    { ...common, userId: referrerId, role: 'referrer' as const, credits: terms.referrerCredits },
    { ...common, userId: referredUserId, role: 'referred' as const, credits: terms.referredCredits },
  ];
  for (const side of sides.filter(({ credits }) => credits > 0)) {
    await grantReward(ctx, side, cap !== null && side.role === 'referrer' ? { cap, capPeriod } : null);
  }
}

/**
 * Gives one side its reward, unless it has it. The reward is stored before it takes a place under the cap,
 * so that a repeated call takes no second place.
 */
export async function grantReward(
  { db }: TrxCtx,
  reward: Omit<queries.NewReward, 'id'>,
  limit: { cap: number; capPeriod: CapPeriod } | null,
): Promise<void> {
  const id = generateId();
  if (!(await queries.insertReward(db, { ...reward, id }))) return;
  if (limit) {
    const period = await queries.takeCapSlot(db, { ...reward, ...limit });
    await queries.updateRewardState(db, id, period ? { cap_period: period } : { state: 'capped' });
    if (!period) return;
  }
  await queries.insertCreditEntry(db, { ...reward, id });
}

/**
 * Takes back what a referral gave. Credits that were spent already are not taken: that reward is put up for
 * `review`, so that no balance falls below zero.
 */
export async function reverseRewards({ db }: TrxCtx, referralId: string): Promise<void> {
  const rewards = await queries.lockRewards(db, { referralId, state: 'granted' });
  await queries.lockCreditAccounts(
    db,
    rewards.map(({ userId }) => userId),
  );
  for (const reward of rewards) {
    if (!(await reverseReward({ db }, reward)))
      await queries.updateRewardState(db, reward.id, { state: 'review' });
  }
}

/** Takes back what a reward gave; false where its credits are spent. The caller holds the reward and the account. */
export async function reverseReward({ db }: TrxCtx, reward: queries.GrantedReward): Promise<boolean> {
  const { id, entryId, userId, credits, period, campaignId } = reward;
  const balance = await queries.subtractCredits(db, userId, { balance: credits, earned: credits });
  if (balance === undefined) return false;
  await queries.insertReversalEntry(db, { id: generateId(), userId, credits, reversesId: entryId, balance });
  await queries.updateRewardState(db, id, { state: 'reversed' });
  if (period !== null) await queries.returnCapSlot(db, { userId, campaignId, period });
  return true;
}

/** What the user has and what they ever earned, in credits; always from the database. */
export const getCreditAccount = (ctx: DbCtx, userId: string): Promise<{ balance: number; earned: number }> =>
  queries.findCreditAccount(ctx.db, userId);

const BATCH = 5_000;

/** Upkeep: settles what was earned, batch by batch. */
export async function settleCredits(ctx: AppCtx): Promise<void> {
  for (;;) {
    const moved = await withTransaction(ctx, ({ db }) => queries.settleCreditDeltas(db, BATCH));
    if (moved < BATCH) return;
  }
}

/** The user's entries in the ledger, newest first. */
export async function listCreditEntries(ctx: UserCtx, input: PageRequest): Promise<Paginated<CreditEntry>> {
  const { userId } = ctx.principal;
  return paginate(
    input,
    (before, limit) => queries.listCreditEntryRows(ctx.db, { userId, before, limit }),
    ({ item, createdAt, ...row }) => ({
      ...row,
      item: item === null ? null : redeemableItem.parse(item),
      createdAt: createdAt.toISOString(),
    }),
  );
}

/** What the user has, what it came from and went to, and what it can be spent on. */
export async function listRewards(ctx: UserCtx, input: PageRequest): Promise<RewardsPage> {
  const page = await listCreditEntries(ctx, input);
  const { balance } = await getCreditAccount(ctx, ctx.principal.userId);
  return {
    balance,
    ...page,
    catalogue: redeemableItem.options.map((item) => ({ item, cost: CREDIT_COSTS[item] })),
  };
}
