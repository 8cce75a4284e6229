import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { Snapshot } from '../snapshots/schema.ts';

export async function findLiveSnapshot(db: Db, pageId: string): Promise<Snapshot | undefined> {
  const { rows } = await sql<Snapshot>`
    select content as page, (
      select coalesce(jsonb_agg(b.content order by b.position), '[]') from live_blocks b where b.page_id = l.page_id
    ) as blocks
    from live_pages l where l.page_id = ${pageId}::uuid`.execute(db);
  return rows[0];
}

export async function replaceLiveContent(
  trx: Trx,
  pageId: string,
  { page, blocks }: Snapshot,
  publishedAt = new Date(),
): Promise<void> {
  await sql`
    insert into live_pages (page_id, content, published_at)
    values (${pageId}, ${JSON.stringify(page)}::jsonb, ${publishedAt})
    on conflict (page_id) do update
      set content = excluded.content, published_at = excluded.published_at`.execute(trx);
  await trx.deleteFrom('live_blocks').where('page_id', '=', pageId).execute();
  await sql`
    insert into live_blocks (id, page_id, position, content)
    select (block ->> 'id')::uuid, ${pageId}::uuid, position, block
    from jsonb_array_elements(${JSON.stringify(blocks)}::jsonb) with ordinality as given (block, position)
    on conflict (id) do update
      set page_id = excluded.page_id, position = excluded.position, content = excluded.content`.execute(trx);
}

export async function deleteLiveContent(trx: Trx, pageId: string): Promise<void> {
  await trx.deleteFrom('live_pages').where('page_id', '=', pageId).execute();
}

export async function updatePublishing(
  trx: Trx,
  pageId: string,
  change: { published?: boolean; manual?: boolean; draftChanged?: boolean },
): Promise<void> {
  const { published, manual, draftChanged } = change;
  await trx
    .updateTable('pages')
    .set({
      ...(published !== undefined && { published }),
      ...(manual !== undefined && { manual_publishing: manual }),
      ...(draftChanged !== undefined && { draft_changed: draftChanged }),
    })
    .where('id', '=', pageId)
    .execute();
}

/** False if changes of the page are published at once. */
export async function markDraftChanged(trx: Trx, pageId: string): Promise<boolean> {
  const result = await trx
    .updateTable('pages')
    .set({ draft_changed: true })
    .where('id', '=', pageId)
    .where('manual_publishing', '=', true)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function hasPublishedPageRow(db: Db, workspaceId: string): Promise<boolean> {
  const row = await db
    .selectFrom('pages')
    .select('id')
    .where('workspace_id', '=', workspaceId)
    .where('published', '=', true)
    .where('deleted_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
