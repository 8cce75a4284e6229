import type { Trx } from '@linkgrove/db';

export type PageLock = { id: string; hash: string };

/** False if nothing changed. */
export async function updatePageLock(trx: Trx, pageId: string, lock: PageLock | null): Promise<boolean> {
  const result = await trx
    .updateTable('pages')
    .set({ lock_id: lock?.id ?? null, lock_hash: lock?.hash ?? null })
    .where('id', '=', pageId)
    .$if(lock === null, (query) => query.where('lock_id', 'is not', null))
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
