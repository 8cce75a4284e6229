import { withTransaction } from '@linkgrove/db';
import type { AppCtx, AppTrxCtx } from '../../../core/context.ts';
import * as queries from './queries.ts';

const ROLL_UP_BATCH = 5_000;

export async function rollUpDeltas(ctx: AppCtx): Promise<number> {
  let total = 0;
  for (;;) {
    const moved = await withTransaction(ctx, rollUpBatch);
    total += moved;
    if (moved < ROLL_UP_BATCH) return total;
  }
}

const rollUpBatch = async ({ db }: AppTrxCtx): Promise<number> =>
  (await queries.tryLockRollUp(db)) ? queries.rollUpDeltaRows(db, ROLL_UP_BATCH) : 0;
