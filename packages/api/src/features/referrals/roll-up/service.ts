import { withTransaction } from '@linkgrove/db';
import type { AppCtx, AppTrxCtx } from '../../../core/context.ts';
import { rollUpSourceDeltas } from '../sources/service.ts';
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

async function rollUpBatch(ctx: AppTrxCtx): Promise<number> {
  if (!(await queries.tryLockRollUp(ctx.db))) return 0;
  await rollUpSourceDeltas(ctx, ROLL_UP_BATCH);
  return queries.rollUpDeltaRows(ctx.db, ROLL_UP_BATCH);
}
