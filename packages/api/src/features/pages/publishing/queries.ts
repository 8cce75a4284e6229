import type { Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { Snapshot } from '../snapshots/schema.ts';

/** Blocks as visitors get them: of the last publication if the page has manual publishing, otherwise as they are. */
export const shownBlocksSubquery = (column: 'id' | 'page_id', value: RawBuilder<unknown>) => sql<{
  page_id: string;
}>`(
  select b.* from blocks b
  where b.${sql.ref(column)} = ${value} and b.deleted_at is null
    and not exists (select from live_pages l where l.page_id = b.page_id)
  union all
  select r.* from live_blocks l cross join lateral jsonb_populate_record(null::blocks, l.content ||
    jsonb_build_object('page_id', l.page_id, 'rank', to_char(l.position, 'FM000'))) r
  where l.${sql.ref(column)} = ${value}
)`;

/** The published title of a block, for queries about blocks `b`; those without manual publishing have their own. */
export const shownTitlePart = sql<string | null>`case
  when exists (select from live_blocks l where l.id = b.id)
    then (select l.content ->> 'title' from live_blocks l where l.id = b.id)
  else b.title end`;

type ContentColumn = 'title' | 'bio' | 'avatar_url' | 'language';

/** For queries of pages `p` that left-join their `live_pages` as `l`. */
export const shownTextPart = <T extends string | null>(column: ContentColumn): RawBuilder<T> =>
  sql<T>`case when l.page_id is null then p.${sql.ref(column)} else l.content ->> ${sql.lit(column)} end`;
export const shownJsonPart = <T>(column: 'theme' | 'seo'): RawBuilder<T> =>
  sql<T>`case when l.page_id is null then p.${sql.ref(column)} else l.content -> ${sql.lit(column)} end`;
export const shownTimePart = sql<Date>`coalesce(l.published_at, p.updated_at)`;

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
