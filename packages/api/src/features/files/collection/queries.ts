import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { UNUSED_DAYS } from '../policy.ts';

// Uses are not recorded but found: wherever a member whose name ends in "fileId" holds the ID. Nothing can get out of step.

const FILE_MEMBER = String.raw`[fF]ileId": ?"([0-9a-f-]{36})"`;

/** Handles of pages, not in the trash, that use the file in themselves or in a block. */
export async function findFileUses(
  trx: Trx,
  { id, workspaceId }: { id: string; workspaceId: string },
): Promise<string[]> {
  const { rows } = await sql<{ handle: string }>`
    select p.handle from pages p
    where p.workspace_id = ${workspaceId} and p.deleted_at is null and (
      strpos(p.theme::text, ${id}) > 0
      or exists (select from blocks b
        where b.page_id = p.id and b.deleted_at is null and strpos(b.data::text, ${id}) > 0)
    ) order by p.handle limit 5`.execute(trx);
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
  select p.theme::text as content from pages p where p.workspace_id = ${workspaceId}
  union all
  select b.data::text from blocks b join pages p on p.id = b.page_id where p.workspace_id = ${workspaceId}`;

/** Things in the trash use their files: they can be restored. */
export async function markUnusedFiles(db: Db, workspaceId: string): Promise<void> {
  await sql`
    with used as (
      select distinct found[1]::uuid as id
      from (${textsSubquery(workspaceId)}) texts, regexp_matches(content, ${FILE_MEMBER}, 'g') as found
    ), judged as (
      select f.id, exists (select from used where used.id = f.id) as is_used from files f
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
