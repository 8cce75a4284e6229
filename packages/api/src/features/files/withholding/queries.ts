import type { Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import { FILE_MEMBER, OBJECT_NAME, OBJECT_NAME_LENGTH } from '../collection/queries.ts';

const isDownCondition = sql<boolean>`exists (
  select from page_takedowns t where t.page_id = p.id and t.restored_at is null
)`;
const wasDownCondition = sql<boolean>`exists (select from page_takedowns t where t.page_id = p.id)`;
const isShownCondition = sql<boolean>`p.published and p.deleted_at is null`;

const shownTextsSubquery = (pages: string) => sql`
  select to_jsonb(p)::text as content from pages p join ${sql.ref(pages)} x on x.id = p.id
  union all select to_jsonb(b)::text from blocks b join ${sql.ref(pages)} x on x.id = b.page_id where b.deleted_at is null
  union all select l.content::text from live_pages l join ${sql.ref(pages)} x on x.id = l.page_id
  union all select l.content::text from live_blocks l join ${sql.ref(pages)} x on x.id = l.page_id`;

/** Also what is in the trash or in an old version of the page. */
const allTextsSubquery = (pages: string) => sql`
  ${shownTextsSubquery(pages)}
  union all select to_jsonb(b)::text from blocks b join ${sql.ref(pages)} x on x.id = b.page_id
    where b.deleted_at is not null
  union all select v.content::text from page_versions v join ${sql.ref(pages)} x on x.id = v.page_id`;

const foundInSubquery = (texts: RawBuilder<unknown>, pattern: string) => sql`
  select found[1] from (${texts}) as texts, regexp_matches(texts.content, ${pattern}, 'g') as found`;

/** As `markUnusedFiles` finds uses. */
const keysSubquery = (workspaceId: string, texts: RawBuilder<unknown>) => sql`
  select v.object_key as key from file_variants v join files f on f.id = v.file_id
  where f.workspace_id = ${workspaceId} and (
    f.id::text in (${foundInSubquery(texts, FILE_MEMBER)})
    or exists (
      select from file_variants n where n.file_id = f.id
        and left(n.object_key, ${OBJECT_NAME_LENGTH}) in (${foundInSubquery(texts, OBJECT_NAME)})
    )
  )`;

const pagesSubquery = (workspaceId: string, condition: RawBuilder<boolean>) => sql`
  select p.id from pages p where p.workspace_id = ${workspaceId} and ${condition}`;

/** One at a time for a workspace. */
export async function lockWithheldObjects(trx: Trx, workspaceId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${workspaceId}, 64))`.execute(trx);
}

/**
 * Lists what has to change: objects that only pages which are taken down use, and withheld ones that a page shows or a
 * restored page has. Objects of other workspaces are never withheld.
 */
export async function listMisplacedObjects(
  trx: Trx,
  workspaceId: string,
): Promise<{ key: string; isWithheld: boolean }[]> {
  const pages = (condition: RawBuilder<boolean>) => pagesSubquery(workspaceId, condition);
  const keys = (texts: RawBuilder<unknown>) => keysSubquery(workspaceId, texts);
  const { rows } = await sql<{ key: string; isWithheld: boolean }>`
    with down as materialized (${pages(isDownCondition)}),
    shown as materialized (${pages(sql`${isShownCondition} and not ${isDownCondition}`)}),
    restored as materialized (${pages(sql`${wasDownCondition} and not ${isDownCondition}`)}),
    shown_keys as materialized (${keys(shownTextsSubquery('shown'))}),
    wanted as materialized (
      select k.key from (${keys(allTextsSubquery('down'))}) as k
      where k.key not in (select key from shown_keys) and not exists (
        select from file_variants o join files f on f.id = o.file_id
        where o.object_key = k.key and f.workspace_id <> ${workspaceId}
      )
    ),
    withheld as materialized (
      select w.object_key as key from withheld_objects w where w.is_withheld and exists (
        select from file_variants v join files f on f.id = v.file_id
        where v.object_key = w.object_key and f.workspace_id = ${workspaceId}
      )
    )
    select key, true as "isWithheld" from wanted where key not in (select key from withheld)
    union select key, false from withheld
    where key not in (select key from wanted) and key in (
      select key from shown_keys union all ${keys(allTextsSubquery('restored'))}
    )`.execute(trx);
  return rows;
}

/** The same content can be uploaded again and then gets another key, as if the object was being deleted. */
export async function markObjectsWithheld(trx: Trx, keys: string[]): Promise<void> {
  await sql`
    update stored_objects set address = 'withheld content ' || key
    where key = any(${keys}) and deleting_at is null`.execute(trx);
  await sql`
    insert into withheld_objects (object_key, is_withheld, is_moving)
    select key, true, true from stored_objects where key = any(${keys})
    on conflict (object_key) do update set is_withheld = true, is_moving = true`.execute(trx);
}

export async function markObjectsReleased(trx: Trx, keys: string[]): Promise<void> {
  await trx
    .updateTable('withheld_objects')
    .set({ is_withheld: false, is_moving: true })
    .where('object_key', 'in', keys)
    .execute();
}

export async function listMovingObjects(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('withheld_objects')
    .select('object_key')
    .where('is_moving', '=', sql<true>`true`)
    .orderBy('object_key')
    .execute();
  return rows.map((row) => row.object_key);
}

export async function findWithheldObject(db: Db, key: string): Promise<{ isWithheld: boolean } | undefined> {
  return db
    .selectFrom('withheld_objects')
    .select('is_withheld as isWithheld')
    .where('object_key', '=', key)
    .executeTakeFirst();
}

/** Unless it was decided anew meanwhile. */
export async function markObjectPlaced(
  db: Db,
  { key, isWithheld }: { key: string; isWithheld: boolean },
): Promise<void> {
  if (isWithheld)
    await db
      .updateTable('withheld_objects')
      .set({ is_moving: false })
      .where('object_key', '=', key)
      .where('is_withheld', '=', true)
      .execute();
  else
    await db
      .deleteFrom('withheld_objects')
      .where('object_key', '=', key)
      .where('is_withheld', '=', false)
      .execute();
}

/** With a page that is taken down, or with withheld objects. */
export async function listWorkspacesToSettle(db: Db): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select p.workspace_id as id from page_takedowns t join pages p on p.id = t.page_id
    where t.restored_at is null
    union select f.workspace_id from withheld_objects w
      join file_variants v on v.object_key = w.object_key join files f on f.id = v.file_id
    order by id`.execute(db);
  return rows.map(({ id }) => id);
}
