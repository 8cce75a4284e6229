import { type Paginated, withTransaction } from '@linkgrove/db';
import type { AppCtx, TrxCtx, UserCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { type PageRequest, paginate } from '../../../core/http/pagination.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { type GrantedReward, lockCreditAccounts, lockRewards, updateRewardState } from '../queries.ts';
import { getCreditAccount, reverseReward } from '../service.ts';
import * as queries from './queries.ts';
import type { ReviewedReward, RewardReviewState } from './schema.ts';

const toReviewed = (
  row: Awaited<ReturnType<typeof queries.listReviewedRewardRows>>[number],
): ReviewedReward => {
  const { userId, username, balance, createdAt, ...reward } = row;
  return { ...reward, user: { id: userId, username, balance }, createdAt: createdAt.toISOString() };
};

/** A page of the rewards in one state, the oldest first. */
export async function listReviewedRewards(
  ctx: AppCtx,
  input: PageRequest & { state: RewardReviewState },
): Promise<Paginated<ReviewedReward>> {
  const { state } = input;
  return paginate(
    input,
    (after, limit) => queries.listReviewedRewardRows(ctx.db, { state, after, limit }),
    toReviewed,
  );
}

async function get(ctx: AppCtx, id: string): Promise<ReviewedReward> {
  const [row] = await queries.listReviewedRewardRows(ctx.db, { id });
  if (!row) throw new AppError('NOT_FOUND', 'There is no such reward');
  return toReviewed(row);
}

type Decision = {
  type: 'reward_reversed' | 'reward_waived';
  effect: (ctx: TrxCtx, reward: GrantedReward) => Promise<void>;
};

/** Settles a reward as an administrator decided, and writes that down. Throws `NOT_FOUND` and `CONFLICT`. */
async function decide(
  ctx: UserCtx,
  { id, reason }: { id: string; reason: string },
  { type, effect }: Decision,
): Promise<ReviewedReward> {
  await get(ctx, id);
  const { userId: actorId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    const [reward] = await lockRewards(trx.db, { id, state: 'review' });
    if (!reward) throw new AppError('CONFLICT', 'This reward is not up for review');
    await effect(trx, reward);
    await recordSecurityEvent(trx, type, {
      userId: reward.userId,
      actorId,
      details: { rewardId: id, reason },
    });
  });
  return get(ctx, id);
}

/** Takes back what a reward gave, now that the user has it again. Throws `INSUFFICIENT_CREDITS` where they have not. */
export const reverseReviewedReward = (
  ctx: UserCtx,
  input: { id: string; reason: string },
): Promise<ReviewedReward> =>
  decide(ctx, input, {
    type: 'reward_reversed',
    effect: async (trx, reward) => {
      await lockCreditAccounts(trx.db, [reward.userId]);
      if (await reverseReward(trx, reward)) return;
      const { balance } = await getCreditAccount(trx, reward.userId);
      throw new AppError(
        'INSUFFICIENT_CREDITS',
        `There are ${reward.credits} credits to be taken back; the user has ${balance}`,
      );
    },
  });

/** Lets a user keep what a reward gave. It goes on counting under its cap. */
export const waiveReward = (ctx: UserCtx, input: { id: string; reason: string }): Promise<ReviewedReward> =>
  decide(ctx, input, {
    type: 'reward_waived',
    effect: (trx, { id }) => updateRewardState(trx.db, id, { state: 'waived' }),
  });
