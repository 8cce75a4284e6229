import type { Trx } from '@linkgrove/db';
import { sql } from 'kysely';

/** Of files that its blocks name, in drafts, in what was published and in versions. */
export async function listFileIdsOfPage(trx: Trx, pageId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct found[1] as id from (
      select to_jsonb(p)::text as content from pages p where id = ${pageId}
      union all select to_jsonb(b)::text from blocks b where page_id = ${pageId}
      union all select content::text from live_pages where page_id = ${pageId}
      union all select content::text from live_blocks where page_id = ${pageId}
      union all select content::text from page_versions where page_id = ${pageId}
    ) texts, regexp_matches(content, '(?:[fF]ileId|file_id)": ?"([0-9a-f-]{36})"', 'g') as found`.execute(
    trx,
  );
  return rows.map(({ id }) => id);
}

const CONTENT_TABLES = ['live_pages', 'live_blocks', 'page_versions'];

export async function replaceFileId(
  trx: Trx,
  pageId: string,
  { old, copy }: { old: string; copy: string },
): Promise<void> {
  await sql`
    update pages set theme = replace(theme::text, ${old}, ${copy})::jsonb,
      avatar_file_id = case when avatar_file_id = ${old}::uuid then ${copy}::uuid else avatar_file_id end
    where id = ${pageId} and (avatar_file_id = ${old}::uuid or strpos(theme::text, ${old}) > 0)`.execute(trx);
  await sql`
    update blocks set data = replace(data::text, ${old}, ${copy})::jsonb,
      thumbnail_file_id = case when thumbnail_file_id = ${old}::uuid then ${copy}::uuid else thumbnail_file_id end
    where page_id = ${pageId} and (thumbnail_file_id = ${old}::uuid or strpos(data::text, ${old}) > 0)`.execute(
    trx,
  );
  for (const table of CONTENT_TABLES)
    await sql`
      update ${sql.table(table)} set content = replace(content::text, ${old}, ${copy})::jsonb
      where page_id = ${pageId} and strpos(content::text, ${old}) > 0`.execute(trx);
}

/** Its handles follow by `handles_page_fkey`. */
export async function updatePageWorkspace(
  trx: Trx,
  id: string,
  to: { workspaceId: string; slot: number },
): Promise<void> {
  await trx
    .updateTable('pages')
    .set({
      workspace_id: to.workspaceId,
      slot: to.slot,
      verified_at: null,
      version: sql`version + 1`,
      preview_version: sql`preview_version + 1`,
    })
    .where('id', '=', id)
    .execute();
}
