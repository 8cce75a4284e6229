import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { UNUSED_DAYS } from '../policy.ts';

// Uses are not recorded but found: wherever a member like `fileId` or `avatar_file_id` holds the ID. Nothing can get out
// of step.

export const FILE_MEMBER = String.raw`(?:fileId|FileId|file_id)": ?"([0-9a-f-]{36})"`;

// A page can also use a file by its URL, as its avatar for example.
export const OBJECT_NAME = '/([0-9a-f]{40}-[0-9a-f]{8})';
export const OBJECT_NAME_LENGTH = 49;

const MAX_NAMED_PAGES = 5;

/** Handles of pages that use the file, in what visitors see or in a draft. Not of the trash, and not of old versions. */
export async function findFileUses(
  trx: Trx,
  { id, workspaceId }: { id: string; workspaceId: string },
): Promise<string[]> {
  const { rows } = await sql<{ handle: string }>`
    select p.handle from pages p
    where p.workspace_id = ${workspaceId} and p.deleted_at is null and (
      strpos(to_jsonb(p)::text, ${id}) > 0
      or exists (select from blocks b
        where b.page_id = p.id and b.deleted_at is null and strpos(to_jsonb(b)::text, ${id}) > 0)
      or exists (select from live_pages l where l.page_id = p.id and strpos(l.content::text, ${id}) > 0)
      or exists (select from live_blocks l where l.page_id = p.id and strpos(l.content::text, ${id}) > 0)
    ) order by p.handle limit ${MAX_NAMED_PAGES}`.execute(trx);
  return rows.map(({ handle }) => handle);
}

/** After the given one, in the order of their IDs. */
export async function findWorkspaceWithFiles(db: Db, after: string | null): Promise<string | undefined> {
  const row = await db
    .selectFrom('files')
    .select('workspace_id')
    .$call((query) => (after === null ? query : query.where('workspace_id', '>', after)))
    .orderBy('workspace_id')
    .limit(1)
    .executeTakeFirst();
  return row?.workspace_id;
}

const textsSubquery = (workspaceId: string) => sql`
  with own as (select * from pages where workspace_id = ${workspaceId})
  select to_jsonb(own)::text as content from own
  union all select to_jsonb(b)::text from blocks b join own on own.id = b.page_id
  union all select l.content::text from live_pages l join own on own.id = l.page_id
  union all select l.content::text from live_blocks l join own on own.id = l.page_id
  union all select v.content::text from page_versions v join own on own.id = v.page_id
  union all select content::text from page_templates where workspace_id = ${workspaceId}`;

/** Things in the trash, old versions and templates use their files: they can come back. */
export async function markUnusedFiles(db: Db, workspaceId: string): Promise<void> {
  await sql`
    with texts as materialized (${textsSubquery(workspaceId)}), used as (
      select distinct found[1]::uuid as id from texts, regexp_matches(content, ${FILE_MEMBER}, 'g') as found
    ), named as (
      select distinct found[1] as name from texts, regexp_matches(content, ${OBJECT_NAME}, 'g') as found
    ), judged as (
      select f.id, exists (select from used where used.id = f.id) or exists (
        select from file_variants v join named n on n.name = left(v.object_key, ${OBJECT_NAME_LENGTH})
        where v.file_id = f.id
      ) as is_used from files f
      where f.workspace_id = ${workspaceId}
    )
    update files f set unused_since = case when j.is_used then null else now() end
    from judged j where j.id = f.id and j.is_used = (f.unused_since is not null)`.execute(db);
}

/** Marked again just before, so a file that came back into use meanwhile is safe. */
export async function deleteUnusedFileRows(db: Db, workspaceId: string): Promise<void> {
  await sql`
    delete from files where workspace_id = ${workspaceId}
      and unused_since < now() - make_interval(days => ${UNUSED_DAYS})`.execute(db);
}
