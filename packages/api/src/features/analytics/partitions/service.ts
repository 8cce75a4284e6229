import { withTransaction } from '@linkgrove/db';
import type { AppCtx, DbCtx } from '../../../core/context.ts';
import { compactMonth } from '../compaction/service.ts';
import { SALT_DAYS } from '../policy.ts';
import { lockIngest } from '../sink/queries.ts';
import {
  EVENT_PARTITIONS,
  findPartitionOf,
  listWantedPartitions,
  parsePartition,
  type PartitionedTable,
  VISITORS,
} from './policy.ts';
import * as queries from './queries.ts';

const DAY_MS = 86_400_000;
const BATCH_ROW_DAYS = 2;

const toDay = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Scheduled job: makes partitions ahead of time, and for what came without one. */
export async function createPartitions(ctx: DbCtx): Promise<void> {
  for (const table of [EVENT_PARTITIONS, VISITORS]) await createMissing(ctx, table);
}

async function createMissing(ctx: DbCtx, table: PartitionedTable): Promise<void> {
  const findMissing = async (db: DbCtx['db']) => {
    const names = new Set(await queries.listPartitionNames(db, table));
    const late = (await queries.listDefaultDays(db, table)).map((day) => findPartitionOf(table, day));
    const wanted = [...listWantedPartitions(table, Date.now()), ...late].filter(
      ({ name }) => !names.has(name),
    );
    return [...new Map(wanted.map((partition) => [partition.name, partition])).values()];
  };
  if ((await findMissing(ctx.db)).length === 0) return;
  await withTransaction(ctx, async (trx) => {
    await lockIngest(trx.db);
    for (const partition of await findMissing(trx.db))
      await queries.createPartition(trx.db, table, partition);
  });
}

async function dropExpired(
  ctx: DbCtx,
  table: PartitionedTable,
  before: string,
  prepare?: (from: string, to: string) => Promise<void>,
): Promise<void> {
  for (const name of await queries.listPartitionNames(ctx.db, table)) {
    const partition = parsePartition(table, name);
    if (!partition || partition.to > before) continue;
    await prepare?.(partition.from, partition.to);
    await withTransaction(ctx, async (trx) => {
      await lockIngest(trx.db);
      await queries.dropPartition(trx.db, partition);
    });
  }
}

/** Scheduled job: keeps the counts of expired months, then drops their events. A salt's visitors go with it. */
export async function dropExpiredEvents(ctx: AppCtx): Promise<void> {
  const now = Date.now();
  const firstVisitorDay = toDay(now - (SALT_DAYS - 1) * DAY_MS);
  await dropExpired(ctx, VISITORS, firstVisitorDay);
  const firstEventDay = toDay(now - ctx.config.analyticsRetentionSeconds * 1_000);
  await dropExpired(ctx, EVENT_PARTITIONS, firstEventDay, (from, to) => compactMonth(ctx, from, to));
  await queries.deleteOldBatchRows(ctx.db, BATCH_ROW_DAYS);
}
