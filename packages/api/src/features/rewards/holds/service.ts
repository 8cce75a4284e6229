import { withTransaction } from '@linkgrove/db';
import type { AppCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { updateRewardState } from '../queries.ts';
import { cancelReward } from '../reversals/service.ts';
import { payReward } from '../service.ts';
import * as queries from './queries.ts';

const GRANT_BATCH = 500;
const GRANT_CONCURRENCY = 8;

/** Scheduled job: grants the rewards whose hold is over. */
export async function grantHeldRewards(ctx: AppCtx): Promise<void> {
  let due: string[];
  do {
    due = await queries.listHeldRewardIds(ctx.db, GRANT_BATCH);
    for (let first = 0; first < due.length; first += GRANT_CONCURRENCY) {
      const group = due.slice(first, first + GRANT_CONCURRENCY);
      await Promise.all(group.map((id) => grantHeldReward(ctx, id)));
    }
  } while (due.length === GRANT_BATCH);
}

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
