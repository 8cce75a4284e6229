import { type Paginated, withTransaction } from '@linkgrove/db';
import type { AppCtx, DbCtx, TrxCtx, UserCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { type PageRequest, paginate } from '../../../core/http/pagination.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { foundUsersSubquery, resolveUserId } from '../../users/service.ts';
import { countSuccessfulReferrals, lockMilestones } from '../milestones/service.ts';
import { mailTakenCredits } from '../notices/service.ts';
import { lockCreditAccounts, updateRewardState } from '../queries.ts';
import { lockDecidableReward, lockTakenMilestone, type StandingReward } from '../reversals/queries.ts';
import { restoreReward, reverseReward, takeRewardBack, type TakenBack } from '../reversals/service.ts';
import { getCreditAccount } from '../service.ts';
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
  { state, user, referrer, campaign, reason, q }: RewardFilters,
): Promise<queries.RewardsFilter> {
  return {
    state,
    userId: user === undefined ? undefined : await resolveUserId(ctx, user),
    referrerId: referrer === undefined ? undefined : await resolveUserId(ctx, referrer),
    campaignId: campaign,
    role: reason,
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

type Decision = { id: string; reason: string };
type DecidedReward = { id: string; userId: string };

/** Before the reward: milestones are locked in the order in which successes and reversals lock them. */
async function lockOwner(ctx: TrxCtx, { role, user }: ReviewedReward): Promise<void> {
  if (role !== 'milestone') return;
  await lockMilestones(ctx, user.id);
  await lockCreditAccounts(ctx.db, [user.id]);
}

/** Throws `NOT_FOUND`, or `CONFLICT` with the message if `effect` finds no reward that it may change. */
async function decideReward(
  ctx: UserCtx,
  { id, reason }: Decision,
  decision: {
    type: 'reward_reversed' | 'reward_restored' | 'reward_waived';
    refusal: string;
    effect: (ctx: TrxCtx, decidedBy: string) => Promise<DecidedReward | undefined>;
  },
): Promise<ReviewedReward> {
  const { userId: actorId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    await lockOwner(trx, await getReviewedReward(trx, id));
    const reward = await decision.effect(trx, actorId);
    if (!reward) throw new AppError('CONFLICT', decision.refusal);
    const { userId } = reward;
    await recordSecurityEvent(trx, decision.type, { userId, actorId, details: { rewardId: id, reason } });
  });
  return getReviewedReward(ctx, id);
}

const NOT_IN_REVIEW = 'This reward is not in review';

/** Also takes a milestone back that was granted. Throws `INSUFFICIENT_CREDITS` if the balance is too low for a reward in review. */
export const reverseReviewedReward = (ctx: UserCtx, input: Decision): Promise<ReviewedReward> =>
  decideReward(ctx, input, {
    type: 'reward_reversed',
    refusal: NOT_IN_REVIEW,
    effect: async (trx, decidedBy) => {
      const reward = await lockDecidableReward(trx.db, input.id);
      if (!reward) return undefined;
      if (reward.role !== 'milestone') await lockCreditAccounts(trx.db, [reward.userId]);
      const why = { reason: input.reason, decidedBy };
      const taken =
        reward.state === 'review'
          ? await collectReward(trx, reward, why)
          : await takeRewardBack(trx, reward, why);
      await mailTakenCredits(trx, 'decision', [taken]);
      return reward;
    },
  });

async function collectReward(
  ctx: TrxCtx,
  reward: StandingReward,
  why: { reason: string; decidedBy: string },
): Promise<TakenBack> {
  const { userId, role, credits } = reward;
  if (await reverseReward(ctx, reward, why)) return { userId, role, credits, owed: 0 };
  const { balance } = await getCreditAccount(ctx, userId);
  throw new AppError(
    'INSUFFICIENT_CREDITS',
    `This reward is worth ${credits} credits; the user has ${balance}`,
  );
}

/** The reward still counts under its cap. */
export const waiveReward = (ctx: UserCtx, input: Decision): Promise<ReviewedReward> =>
  decideReward(ctx, input, {
    type: 'reward_waived',
    refusal: NOT_IN_REVIEW,
    effect: async (trx, decidedBy) => {
      const reward = await lockDecidableReward(trx.db, input.id);
      if (reward?.state !== 'review') return undefined;
      await updateRewardState(trx.db, input.id, { state: 'waived', reason: input.reason, decidedBy });
      return reward;
    },
  });

/** Gives a milestone back that an administrator took. The rewards of a referral come back with the referral. */
export const restoreMilestone = (ctx: UserCtx, input: Decision): Promise<ReviewedReward> =>
  decideReward(ctx, input, {
    type: 'reward_restored',
    refusal: 'This is no milestone that an administrator took back',
    effect: async (trx) => {
      const reward = await lockTakenMilestone(trx.db, input.id);
      if (!reward) return undefined;
      const count = await countSuccessfulReferrals(trx, reward.userId);
      if (count < (reward.milestone ?? 0)) {
        throw new AppError('CONFLICT', `The user has only ${count} successful referrals`);
      }
      await restoreReward(trx, reward);
      return reward;
    },
  });
