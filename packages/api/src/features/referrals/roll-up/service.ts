import { withTransaction } from '@linkgrove/db';
import type { AppCtx, AppTrxCtx } from '../../../core/context.ts';
import { getCampaignMilestones } from '../campaigns/service.ts';
import { rewardReachedMilestones } from '../qualification/service.ts';
import { rollUpSourceDeltas } from '../sources/service.ts';
import * as queries from './queries.ts';

const ROLL_UP_BATCH = 5_000;

/** Also rewards milestones that parallel qualifications reached together: none of them could see the others. */
export async function rollUpDeltas(ctx: AppCtx): Promise<number> {
  let total = 0;
  for (;;) {
    const moved = await withTransaction(ctx, rollUpBatch);
    total += moved;
    if (moved < ROLL_UP_BATCH) return total;
  }
}

async function rollUpBatch(ctx: AppTrxCtx): Promise<number> {
  if (!(await queries.tryLockRollUp(ctx.db))) return 0;
  await rollUpSourceDeltas(ctx, ROLL_UP_BATCH);
  const { moved, successes } = await queries.rollUpDeltaRows(ctx.db, ROLL_UP_BATCH);
  for (const { versionId, referrerIds } of successes) {
    const terms = await getCampaignMilestones(ctx, versionId);
    const thresholds = terms.milestones.map(({ referrals }) => referrals);
    for (const userId of await queries.findUnrewardedReferrers(ctx.db, referrerIds, thresholds)) {
      await rewardReachedMilestones(ctx, { ...terms, userId });
    }
  }
  return moved;
}
