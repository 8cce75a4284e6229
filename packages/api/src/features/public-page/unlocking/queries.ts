import type { Db } from '@linkgrove/db';

/** Undefined if the page has no password. */
export async function findPageLock(
  db: Db,
  pageId: string,
): Promise<{ id: string; hash: string } | undefined> {
  const row = await db
    .selectFrom('pages')
    .select(['lock_id as id', 'lock_hash as hash'])
    .where('id', '=', pageId)
    .executeTakeFirst();
  return row?.id && row.hash ? { id: row.id, hash: row.hash } : undefined;
}
