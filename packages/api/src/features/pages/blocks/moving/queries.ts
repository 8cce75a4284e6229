import type { Trx } from '@linkgrove/db';

/** Whether visitors still see the block by a publication of its page. */
export async function isBlockLive(trx: Trx, id: string): Promise<boolean> {
  const row = await trx.selectFrom('live_blocks').select('id').where('id', '=', id).executeTakeFirst();
  return row !== undefined;
}

/** Its content is written next, which counts as the change. */
export async function updateBlockPage(trx: Trx, id: string, pageId: string, rank: string): Promise<void> {
  await trx
    .updateTable('blocks')
    .set({ page_id: pageId, parent_id: null, rank })
    .where('id', '=', id)
    .execute();
}
