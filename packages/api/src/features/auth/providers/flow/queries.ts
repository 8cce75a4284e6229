import { daysAgoPart, type Db, deleteExpiredRows } from '@linkgrove/db';
import { sql } from 'kysely';

/** Returns false if it was used before. */
export async function insertUsedFlow(db: Db, id: string): Promise<boolean> {
  const result = await db
    .insertInto('used_sign_in_flows')
    .values({ id })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export const deleteOldUsedFlows = (db: Db, days: number): Promise<void> =>
  deleteExpiredRows(db, { table: 'used_sign_in_flows', by: sql`used_at`, before: daysAgoPart(days) });
