import type { Trx } from '@linkgrove/db';
import { sql } from 'kysely';

/** Of files that its blocks name, in drafts, in what was published and in versions. */
export async function listFileIdsOfPage(trx: Trx, pageId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct found[1] as id from (
      select data::text as content from blocks where page_id = ${pageId}
      union all select content::text from live_blocks where page_id = ${pageId}
      union all select content::text from page_versions where page_id = ${pageId}
    ) texts, regexp_matches(content, '[fF]ileId": ?"([0-9a-f-]{36})"', 'g') as found`.execute(trx);
  return rows.map(({ id }) => id);
}

export async function replaceFileId(
  trx: Trx,
  pageId: string,
  { old, copy }: { old: string; copy: string },
): Promise<void> {
  await sql`
    update blocks set data = replace(data::text, ${old}, ${copy})::jsonb
    where page_id = ${pageId} and strpos(data::text, ${old}) > 0`.execute(trx);
  await sql`
    update live_blocks set content = replace(content::text, ${old}, ${copy})::jsonb
    where page_id = ${pageId} and strpos(content::text, ${old}) > 0`.execute(trx);
  await sql`
    update page_versions set content = replace(content::text, ${old}, ${copy})::jsonb
    where page_id = ${pageId} and strpos(content::text, ${old}) > 0`.execute(trx);
}
