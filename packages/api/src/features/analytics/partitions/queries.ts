import { daysAgoPart, type Db, deleteExpiredRows, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { Partition, PartitionedTable } from './policy.ts';

const LOCK_TIMEOUT = sql.lit('2s');

export async function listPartitionNames(db: Db, { table }: PartitionedTable): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = ${table}::regclass order by 1`.execute(db);
  return rows.map(({ name }) => name);
}

const timeColumn = ({ table }: PartitionedTable) => sql.ref(table === 'analytics_events' ? 'at' : 'day');

/** Moves what the default partition has of the period. The caller holds the lock of the ingestion. */
export async function createPartition(
  trx: Trx,
  table: PartitionedTable,
  { name, from, to }: Partition,
): Promise<void> {
  const column = timeColumn(table);
  const [start, end] = [sql.lit(`${from} 00:00Z`), sql.lit(`${to} 00:00Z`)];
  const fallback = sql.table(`${table.table}_default`);
  await sql`set local lock_timeout = ${LOCK_TIMEOUT}`.execute(trx);
  await sql`lock table ${fallback} in access exclusive mode`.execute(trx);
  await sql`create table ${sql.table(name)} (like ${sql.table(table.table)} including all)`.execute(trx);
  await sql`
    with moved as (delete from ${fallback} where ${column} >= ${start} and ${column} < ${end} returning *)
    insert into ${sql.table(name)} select * from moved`.execute(trx);
  await sql`
    alter table ${sql.table(table.table)} attach partition ${sql.table(name)}
      for values from (${start}) to (${end})`.execute(trx);
}

/** Waits briefly for readers; throws rather than make writers wait behind it. */
export async function dropPartition(trx: Trx, { name }: Partition): Promise<void> {
  await sql`set local lock_timeout = ${LOCK_TIMEOUT}`.execute(trx);
  await sql`drop table ${sql.table(name)}`.execute(trx);
}

/** Days on which the default partition has rows, because no worker ran in time. */
export async function listDefaultDays(db: Db, table: PartitionedTable): Promise<string[]> {
  const column = timeColumn(table);
  const day = table.table === 'analytics_events' ? sql`(${column} at time zone 'utc')::date` : column;
  const { rows } = await sql<{ day: string }>`
    select distinct ${day} as day from ${sql.table(`${table.table}_default`)} order by 1`.execute(db);
  return rows.map((row) => row.day);
}

export const deleteOldBatchRows = (db: Db, days: number): Promise<void> =>
  deleteExpiredRows(db, { table: 'analytics_batches', by: sql`written_at`, before: daysAgoPart(days) });
