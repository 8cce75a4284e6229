import { type RawBuilder, sql } from 'kysely';
import type { Db } from './client.ts';
import type { Database } from './schema.ts';

const BATCH_ROWS = 1_000;
/** Other scheduled jobs wait for the same worker. */
const MAX_RUN_MS = 60_000;

export type Expired = {
  table: keyof Database;
  /** A time that has an index. */
  by: RawBuilder<unknown>;
  before: RawBuilder<Date>;
  /** A further condition for a row. */
  and?: RawBuilder<boolean>;
};

async function deleteBatch(db: Db, { table, by, before, and }: Expired): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from ${sql.table(table)} where ctid = any(array(
      select ctid from ${sql.table(table)} where ${by} < ${before} ${and ? sql`and ${and}` : sql``}
      order by ${by} limit ${BATCH_ROWS} for update skip locked
    ))`.execute(db);
  return Number(numAffectedRows ?? 0);
}

/**
 * Scheduled job: deletes the oldest rows first, in statements that each commit, so that a run which is cut off has made
 * progress. Rows that others hold are left to the next run, and so is what takes longer than a minute.
 */
export async function deleteExpiredRows(db: Db, expired: Expired): Promise<void> {
  const end = performance.now() + MAX_RUN_MS;
  while ((await deleteBatch(db, expired)) === BATCH_ROWS && performance.now() < end);
}

/** For `before`. */
export const daysAgoPart = (days: number): RawBuilder<Date> =>
  sql<Date>`now() - make_interval(days => ${days})`;
export const secondsAgoPart = (seconds: number): RawBuilder<Date> =>
  sql<Date>`now() - make_interval(secs => ${seconds})`;
