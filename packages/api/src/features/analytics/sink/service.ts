import { withTransaction } from '@linkgrove/db';
import type { CacheCtx, TrxCtx } from '../../../core/context.ts';
import { publishClicks } from '../clicks/service.ts';
import type { Batch } from '../schema.ts';
import { countTitles } from '../title-tests/service.ts';
import * as queries from './queries.ts';

/** Where batches go. A batch takes effect completely and once, however often it is written. */
export type EventSink = { write: (batch: Batch) => Promise<void> };

export const countBatch = ({ events, tallies }: Batch): number =>
  tallies.reduce((sum, { count }) => sum + count, events.length);

type WriteVisits = (ctx: CacheCtx & TrxCtx, visits: Batch['visits']) => Promise<void>;

/** `writeVisits` belongs to the feature of referral links, whose counts change in the same transaction. */
export const createPostgresSink = (ctx: CacheCtx, writeVisits: WriteVisits): EventSink => ({
  write: (batch) =>
    withTransaction(ctx, async (trx) => {
      await queries.lockIngest(trx.db);
      if (!(await queries.insertBatchRow(trx.db, batch.id, countBatch(batch)))) return;
      if (batch.events.length + batch.tallies.length > 0)
        await queries.insertEvents(trx.db, batch.events, batch.tallies);
      await publishClicks(trx, batch.events);
      await countTitles(trx, batch.events);
      if (batch.visits.length > 0) await writeVisits(trx, batch.visits);
    }),
});
