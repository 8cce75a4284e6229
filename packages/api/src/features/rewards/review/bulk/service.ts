import type { z } from 'zod';
import { decideEach } from '../../../../core/bulk.ts';
import type { UserCtx } from '../../../../core/context.ts';
import { reverseReviewedReward, waiveReward } from '../service.ts';
import type { decidedRewardsOutput, decideRewardsInput } from './schema.ts';

const DECISIONS = { reverse: reverseReviewedReward, waive: waiveReward };

/** Each under its own lock and in its own transaction. */
export async function decideRewards(
  ctx: UserCtx,
  { decision, ids, reason }: z.infer<typeof decideRewardsInput>,
): Promise<z.infer<typeof decidedRewardsOutput>> {
  const results = await decideEach(ids, (id) => DECISIONS[decision](ctx, { id, reason }));
  return {
    decided: results.filter(({ error }) => error === null).length,
    items: results.map(({ id, decided, error }) => ({ id, state: decided?.state ?? null, error })),
  };
}
