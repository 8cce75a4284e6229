import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { DoctorCheck, Difference } from '../referrals/doctor/schema.ts';

/** Sums over the whole database need more time and memory than a request may have. */
export async function readOnSnapshot<T>(db: Db, read: (trx: Trx) => Promise<T>): Promise<T> {
  const transaction = db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only');
  return transaction.execute(async (trx) => {
    await sql`set local statement_timeout = 0`.execute(trx);
    await sql`set local work_mem = '128MB'`.execute(trx);
    return read(trx);
  });
}

export async function compareCheck(
  trx: Trx,
  { rows }: DoctorCheck,
): Promise<{ compared: number; differing: number }> {
  const { rows: counts } = await sql<{ compared: number; differing: number }>`
    select count(*) as compared, count(*) filter (where expected is distinct from found) as differing
    from (${rows}) compared`.execute(trx);
  return counts[0] ?? { compared: 0, differing: 0 };
}

export async function findDifferences(
  trx: Trx,
  { rows, fields }: DoctorCheck,
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
