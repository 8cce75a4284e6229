import { withTransaction } from '@linkgrove/db';
import type { AppCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { finishDueWork } from '../../../core/due-work.ts';
import { updateRewardState } from '../queries.ts';
import { cancelReward } from '../reversals/service.ts';
import { payReward } from '../service.ts';
import * as queries from './queries.ts';

/** Scheduled job: grants the rewards whose hold is over. */
export const grantHeldRewards = (ctx: AppCtx): Promise<void> =>
  finishDueWork(
    (limit) => queries.listHeldRewardIds(ctx.db, limit),
    (id) => grantHeldReward(ctx, id),
  );

/** That of a deleted user is cancelled. The entry has an ID of its own, so that it is the newest of the ledger. */
async function grantHeldReward(ctx: AppCtx, id: string): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    const reward = await queries.lockHeldReward(trx.db, id);
    if (!reward) return;
    if (reward.isDeleted) return cancelReward(trx, reward);
    await updateRewardState(trx.db, id, { state: 'granted' });
    await payReward(trx, reward, generateId());
  });
}
