import { type CapPeriod, type Paginated, withTransaction } from '@linkgrove/db';
import type { DbCtx, TrxCtx, UserCtx } from '../../core/context.ts';
import { generateId } from '../../core/crypto/ids.ts';
import { paginate } from '../../core/http/pagination.ts';
import type { EventData } from '../events/schema.ts';
import { publishEvent } from '../events/service.ts';
import { findPersonalWorkspaceId } from '../workspaces/service.ts';
import { type Cap, takeCapSlot } from './caps/service.ts';
import { mailNewcomer } from './newcomers/service.ts';
import * as queries from './queries.ts';
import { listCatalogue } from './items/service.ts';
import type { CreditEntry, EntryPage, RewardsPage } from './schema.ts';

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

export const getCreditAccount = (ctx: DbCtx, userId: string): Promise<queries.CreditAccount> =>
  queries.findCreditAccount(ctx.db, userId);

const SETTLEMENT_BATCH = 5_000;

export async function settleCredits(ctx: DbCtx): Promise<void> {
  for (;;) {
    const moved = await withTransaction(ctx, ({ db }) => queries.settleCreditDeltas(db, SETTLEMENT_BATCH));
    if (moved < SETTLEMENT_BATCH) return;
  }
}

export async function listCreditEntries(
  ctx: UserCtx,
  { reason, ...page }: EntryPage,
): Promise<Paginated<CreditEntry>> {
  const { userId } = ctx.principal;
  return paginate(
    page,
    (before, limit) => queries.listCreditEntryRows(ctx.db, { userId, reason, before, limit }),
    ({ createdAt, dueAt, ...row }) => ({
      ...row,
      createdAt: createdAt.toISOString(),
      dueAt: dueAt?.toISOString() ?? null,
    }),
  );
}

export async function listRewards(ctx: UserCtx, input: EntryPage): Promise<RewardsPage> {
  const { userId } = ctx.principal;
  const page = await listCreditEntries(ctx, input);
  const { balance, pending, held } = await getCreditAccount(ctx, userId);
  return {
    balance,
    pending,
    held,
    ...page,
    catalogue: await listCatalogue(ctx, { userId, credits: balance - held }),
  };
}
