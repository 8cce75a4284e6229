import { withTransaction } from '@linkgrove/db';
import type { AppCtx, AppTrxCtx } from '../../../core/context.ts';
import { getCampaignMilestones } from '../campaigns/service.ts';
import { reachMilestones } from '../qualification/service.ts';
import * as queries from './queries.ts';

const BATCH = 5_000;

/**
 * Upkeep: moves what has been appended into the totals, batch by batch; returns how many rows were moved.
 * Milestones that several people reached for one referrer at the same moment are found here: none of them
 * could see the others.
 */
export async function rollUpDeltas(ctx: AppCtx): Promise<number> {
  let total = 0;
  for (;;) {
    const moved = await withTransaction(ctx, rollUpBatch);
    total += moved;
    if (moved < BATCH) return total;
  }
}

async function rollUpBatch(ctx: AppTrxCtx): Promise<number> {
  if (!(await queries.tryLockRollUp(ctx.db))) return 0;
  const { moved, successes } = await queries.rollUpDeltaRows(ctx.db, BATCH);
  for (const { versionId, referrerIds } of successes) {
    const terms = await getCampaignMilestones(ctx, versionId);
    const thresholds = terms.milestones.map(({ referrals }) => referrals);
    for (const userId of await queries.findUnrewardedReferrers(ctx.db, referrerIds, thresholds)) {
      await reachMilestones(ctx, { ...terms, userId });
    }
  }
  return moved;
}
