import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { Snapshot, SnapshotBlock } from './schema.ts';

/** The content of a page. Everything else, such as its handle, is not part of a version or a draft. */
const PAGE_COLUMNS = [
  'title',
  'bio',
  'avatar_url',
  'avatar_file_id',
  'language',
  'theme',
  'seo',
  'made_with',
] as const;
const isPageColumn = (name: string): boolean => PAGE_COLUMNS.some((column) => column === name);

/** Of columns that older snapshots do not have, so that restoring one leaves nothing of later. */
const LATER_PAGE_COLUMNS = { avatar_file_id: null, made_with: false };
const LATER_BLOCK_COLUMNS = { thumbnail_file_id: null };

/** Belong to the stored row, not to the content. */
const ROW_COLUMNS = ['page_id', 'rank', 'version', 'created_at', 'updated_at', 'deleted_at'];

const pageContentPart = sql`jsonb_build_object(${sql.join(
  PAGE_COLUMNS.flatMap((column) => [sql.lit(column), sql`p.${sql.ref(column)}`]),
)})`;

export async function readSnapshot(db: Db, pageId: string): Promise<Snapshot> {
  const { rows } = await sql<Snapshot>`
    select ${pageContentPart} as page, (
      select coalesce(jsonb_agg(to_jsonb(b) - ${ROW_COLUMNS}::text[] order by b.rank), '[]') from blocks b
      where b.page_id = p.id and b.deleted_at is null
    ) as blocks
    from pages p where p.id = ${pageId}::uuid`.execute(db);
  const [snapshot] = rows;
  if (!snapshot) throw new Error(`Page ${pageId} does not exist`);
  return snapshot;
}

export async function writePageContent(trx: Trx, pageId: string, page: Snapshot['page']): Promise<void> {
  const complete = { ...LATER_PAGE_COLUMNS, ...page };
  const columns = Object.keys(complete).filter(isPageColumn);
  await sql`
    update pages p set version = p.version + 1, updated_at = now(),
      ${sql.join(columns.map((column) => sql`${sql.ref(column)} = r.${sql.ref(column)}`))}
    from jsonb_populate_record(null::pages, ${JSON.stringify(complete)}::jsonb) r
    where p.id = ${pageId}::uuid`.execute(trx);
}

/** The columns that a block can bring along from a snapshot, which may be older than a column. */
async function listBlockColumns(trx: Trx, blocks: SnapshotBlock[]): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select attname::text as name from pg_attribute
    where attrelid = 'blocks'::regclass and attnum > 0 and not attisdropped and attgenerated = ''`.execute(
    trx,
  );
  const given = new Set(blocks.flatMap((block) => Object.keys(block)));
  return rows
    .map(({ name }) => name)
    .filter((name) => given.has(name) && (name === 'rank' || !ROW_COLUMNS.includes(name)));
}

/** Those that are on another page by now. */
export async function listIdsElsewhere(trx: Trx, pageId: string, ids: string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from blocks where id = any(${ids}::uuid[]) and page_id <> ${pageId}::uuid`.execute(trx);
  return rows.map(({ id }) => id);
}

/** Blocks that exist, in the trash or not, are changed; others are made with the ID that they had. */
export async function writeBlocks(
  trx: Trx,
  pageId: string,
  given: (SnapshotBlock & { rank: string })[],
): Promise<void> {
  if (given.length === 0) return;
  const blocks = given.map((block) => ({ ...LATER_BLOCK_COLUMNS, ...block }));
  const columns = await listBlockColumns(trx, blocks);
  const names = sql.join(columns.map((column) => sql.ref(column)));
  const changes = columns
    .filter((column) => column !== 'id')
    .map((column) => sql`${sql.ref(column)} = excluded.${sql.ref(column)}`);
  await sql`
    insert into blocks (page_id, ${names})
    select ${pageId}::uuid, ${names} from jsonb_populate_recordset(null::blocks, ${JSON.stringify(blocks)}::jsonb)
    on conflict (id) do update set ${sql.join(changes)}, deleted_at = null, version = blocks.version + 1,
      updated_at = now()
    where blocks.page_id = excluded.page_id`.execute(trx);
}
