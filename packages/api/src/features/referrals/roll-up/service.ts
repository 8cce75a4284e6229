import { withTransaction } from '@linkgrove/db';
import type { AppCtx } from '../../../core/context.ts';
import { getRunning } from '../campaigns/service.ts';
import { reachMilestones } from '../qualification/service.ts';
import * as queries from './queries.ts';

const BATCH = 5_000;

/**
 * Upkeep: moves what has been appended into the totals, batch by batch; returns how many rows were moved.
 * Milestones that several people reached for one referrer at the same moment are found here: none of them
 * could see the others.
 */
export async function rollUpDeltas(ctx: AppCtx): Promise<number> {
  const { id: campaignId, milestones } = await getRunning(ctx);
  const thresholds = milestones.map(({ referrals }) => referrals);
  let total = 0;
  for (;;) {
    const moved = await withTransaction(ctx, async (trx) => {
      if (!(await queries.tryLockRollUp(trx.db))) return 0;
      const batch = await queries.rollUp(trx.db, BATCH);
      for (const userId of await queries.findUnrewarded(trx.db, batch.successful, thresholds)) {
        await reachMilestones(trx, { userId, campaignId, milestones });
      }
      return batch.moved;
    });
    total += moved;
    if (moved < BATCH) return total;
  }
}
