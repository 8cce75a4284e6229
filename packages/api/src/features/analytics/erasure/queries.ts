import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export async function insertErasures(trx: Trx, pageIds: string[]): Promise<void> {
  await sql`
    insert into analytics_erasures (page_id) select unnest(${pageIds}::uuid[])
    on conflict do nothing`.execute(trx);
}

export async function findDueErasure(db: Db): Promise<string | undefined> {
  const row = await db
    .selectFrom('analytics_erasures')
    .select('page_id')
    .where('erased_at', 'is', null)
    .orderBy('page_id')
    .limit(1)
    .executeTakeFirst();
  return row?.page_id;
}

/** Returns how many were deleted. */
export async function deleteEventRows(db: Db, pageId: string, limit: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from analytics_events e using (
      select tableoid, ctid from analytics_events where page_id = ${pageId} limit ${limit}
    ) one where e.tableoid = one.tableoid and e.ctid = one.ctid`.execute(db);
  return Number(numAffectedRows);
}

/** Slots stay; sources, titles and visitors go. */
export async function finishErasure(trx: Trx, pageId: string): Promise<void> {
  await sql`delete from analytics_visitors where page_id = ${pageId}`.execute(trx);
  await sql`delete from analytics_segments where page_id = ${pageId}`.execute(trx);
  await sql`delete from analytics_blocks where page_id = ${pageId}`.execute(trx);
  await sql`update analytics_months set dimensions = '{}' where page_id = ${pageId}`.execute(trx);
  await sql`update analytics_erasures set erased_at = now() where page_id = ${pageId}`.execute(trx);
}
