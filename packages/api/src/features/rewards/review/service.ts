import { type Paginated, withTransaction } from '@linkgrove/db';
import type { AppCtx, DbCtx, TrxCtx, UserCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { type PageRequest, paginate } from '../../../core/http/pagination.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { foundUsersSubquery, resolveUserId } from '../../users/service.ts';
import { type GrantedReward, lockCreditAccounts, lockRewards, updateRewardState } from '../queries.ts';
import { getCreditAccount, reverseReward } from '../service.ts';
import * as queries from './queries.ts';
import type { ReviewedReward, RewardFilters, RewardOrder } from './schema.ts';

const toReviewedReward = (
  row: Awaited<ReturnType<typeof queries.listReviewedRewardRows>>[number],
): ReviewedReward => {
  const { userId, username, balance, createdAt, dueAt, ...reward } = row;
  return {
    ...reward,
    user: { id: userId, username, balance },
    createdAt: createdAt.toISOString(),
    dueAt: dueAt?.toISOString() ?? null,
  };
};

export async function resolveRewardFilters(
  ctx: AppCtx,
  { state, user, referrer, campaign, q }: RewardFilters,
): Promise<queries.RewardsFilter> {
  return {
    state,
    userId: user === undefined ? undefined : await resolveUserId(ctx, user),
    referrerId: referrer === undefined ? undefined : await resolveUserId(ctx, referrer),
    campaignId: campaign,
    search: q === undefined ? undefined : { text: q, users: foundUsersSubquery(q) },
  };
}

export async function listReviewedRewards(
  ctx: AppCtx,
  { limit, cursor, sort, ...filters }: PageRequest & RewardFilters & { sort: RewardOrder },
): Promise<Paginated<ReviewedReward>> {
  const where = queries.rewardsCondition(await resolveRewardFilters(ctx, filters));
  return paginate(
    { limit, cursor },
    (after, rows) => queries.listReviewedRewardRows(ctx.db, { where, sort, after, limit: rows }),
    toReviewedReward,
  );
}

async function getReviewedReward(ctx: DbCtx, id: string): Promise<ReviewedReward> {
  const [row] = await queries.listReviewedRewardRows(ctx.db, { id });
  if (!row) throw new AppError('NOT_FOUND', 'Reward not found');
  return toReviewedReward(row);
}

type RewardDecision = {
  type: 'reward_reversed' | 'reward_waived';
  effect: (ctx: TrxCtx, reward: GrantedReward) => Promise<void>;
};

/** Throws `NOT_FOUND`, or `CONFLICT` if the reward is not in review. */
async function decideReward(
  ctx: UserCtx,
  { id, reason }: { id: string; reason: string },
  { type, effect }: RewardDecision,
): Promise<ReviewedReward> {
  const { userId: actorId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    const [reward] = await lockRewards(trx.db, { id, state: 'review' });
    if (!reward) {
      await getReviewedReward(trx, id);
      throw new AppError('CONFLICT', 'This reward is not in review');
    }
    await effect(trx, reward);
    await recordSecurityEvent(trx, type, {
      userId: reward.userId,
      actorId,
      details: { rewardId: id, reason },
    });
  });
  return getReviewedReward(ctx, id);
}

/** Throws `INSUFFICIENT_CREDITS` if the user's balance is still too low. */
export const reverseReviewedReward = (
  ctx: UserCtx,
  input: { id: string; reason: string },
): Promise<ReviewedReward> =>
  decideReward(ctx, input, {
    type: 'reward_reversed',
    effect: async (trx, reward) => {
      await lockCreditAccounts(trx.db, [reward.userId]);
      if (await reverseReward(trx, reward)) return;
      const { balance } = await getCreditAccount(trx, reward.userId);
      throw new AppError(
        'INSUFFICIENT_CREDITS',
        `This reward is worth ${reward.credits} credits; the user has ${balance}`,
      );
    },
  });

/** The reward still counts under its cap. */
export const waiveReward = (ctx: UserCtx, input: { id: string; reason: string }): Promise<ReviewedReward> =>
  decideReward(ctx, input, {
    type: 'reward_waived',
    effect: (trx, { id }) => updateRewardState(trx.db, id, { state: 'waived' }),
  });
