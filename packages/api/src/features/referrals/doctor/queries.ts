import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { countChecks } from './counts/queries.ts';
import { creditChecks } from './credits/queries.ts';
import { historyChecks } from './history/queries.ts';
import { rewardChecks } from './rewards/queries.ts';
import type { Check, Difference } from './schema.ts';

/** Everything that must agree. */
export const CHECKS: Check[] = [...countChecks, ...historyChecks, ...rewardChecks, ...creditChecks];

/** Runs `read` on one snapshot, with as much time and memory as sums of the whole database take. */
export async function onSnapshot<T>(db: Db, read: (trx: Trx) => Promise<T>): Promise<T> {
  const transaction = db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only');
  return transaction.execute(async (trx) => {
    await sql`set local statement_timeout = 0`.execute(trx);
    await sql`set local work_mem = '128MB'`.execute(trx);
    return read(trx);
  });
}

/** How many rows a check compares, and in how many of them the sides differ. */
export async function compare(trx: Trx, { rows }: Check): Promise<{ compared: number; differing: number }> {
  const { rows: counts } = await sql<{ compared: number; differing: number }>`
    select count(*) as compared, count(*) filter (where expected is distinct from found) as differing
    from (${rows}) compared`.execute(trx);
  return counts[0] ?? { compared: 0, differing: 0 };
}

/** The members that differ in the first `limit` rows whose sides do. */
export async function findDifferences(
  trx: Trx,
  { rows, fields }: Check,
  limit: number,
): Promise<Difference[]> {
  const { rows: differences } = await sql<Difference>`
    select id, members.*
    from (
      select id::text, expected::text[], found::text[] from (${rows}) compared
      where expected is distinct from found order by 1 limit ${limit}
    ) differing,
      unnest(${fields}::text[], expected, found) members (field, expected, found)
    where members.expected is distinct from members.found`.execute(trx);
  return differences;
}
