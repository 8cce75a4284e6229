import { type Db, deleteExpiredRows, type Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { Role } from '../../../core/access.ts';
import { MAX_TRASHED_BLOCKS } from '../policy.ts';
import { trashStart } from '../queries.ts';
import type { Block, BlockContent } from './schema.ts';

const now = sql<Date>`now()`;

const CONTENT_COLUMNS = [
  'b.type',
  'b.title',
  'b.url',
  'b.data',
  'b.enabled',
  'b.starts_at as startsAt',
  'b.ends_at as endsAt',
  'b.pinned',
  'b.gate',
  'b.thumbnail_url as thumbnailUrl',
  'b.thumbnail_file_id as thumbnailFileId',
  'b.layout',
  'b.targeting',
  'b.schedule',
  'b.title_test as titleTest',
] as const;
const COLUMNS = [
  'b.id',
  'b.page_id as pageId',
  'b.parent_id as parentId',
  ...CONTENT_COLUMNS,
  'b.version',
  'b.created_at as createdAt',
  'b.updated_at as updatedAt',
  'b.deleted_at as deletedAt',
] as const;

type WithDates<B, K extends string> = B extends unknown ? Omit<B, K | 'group'> & DatesOf<B, K> : never;
type DatesOf<B, K extends string> = { [D in K & keyof B]: null extends B[D] ? Date | null : Date };

/** A union by `type`: only checked content is written, so `data` has the shape of its type. */
export type BlockRow = WithDates<Block, 'startsAt' | 'endsAt' | 'createdAt' | 'updatedAt' | 'deletedAt'>;
export type BlockContentRow = WithDates<BlockContent, 'startsAt' | 'endsAt'>;
/** `group` is the index of another block of the list. */
export type FileBlockRow = BlockContentRow & { group: number | null };

/** `roleSubquery` of workspaces for `p.workspace_id`. */
export type RoleOfBlock = RawBuilder<Role | null>;

/** Of pages in use, in the trash or not, with the principal's role in the page's workspace. */
const selectBlocks = (db: Db, role: RoleOfBlock) =>
  db
    .selectFrom('blocks as b')
    .innerJoin('pages as p', 'p.id', 'b.page_id')
    .select(COLUMNS)
    .select(role.as('role'))
    .where('p.deleted_at', 'is', null)
    .$castTo<BlockRow & { role: Role | null }>();

export async function findBlockRow(db: Db, id: string, role: RoleOfBlock) {
  return selectBlocks(db, role).where('b.id', '=', id).where('b.deleted_at', 'is', null).executeTakeFirst();
}

export async function findPageOfBlock(db: Db, id: string, role: RoleOfBlock) {
  return selectBlocks(db, role).where('b.id', '=', id).executeTakeFirst();
}

export async function listBlockRows(db: Db, filter: { pageId: string; deleted: boolean }) {
  return db
    .selectFrom('blocks as b')
    .select(COLUMNS)
    .$castTo<BlockRow>()
    .where('b.page_id', '=', filter.pageId)
    .$call((query) =>
      filter.deleted
        ? query.where('b.deleted_at', '>', trashStart).orderBy('b.deleted_at', 'desc').orderBy('b.id')
        : query.where('b.deleted_at', 'is', null).orderBy('b.rank'),
    )
    .execute();
}

type PlacedRow = BlockContentRow & { id: string; parentId: string | null };

export async function listBlockContentRows(db: Db, pageId: string): Promise<FileBlockRow[]> {
  const rows = await db
    .selectFrom('blocks as b')
    .select(['b.id', 'b.parent_id as parentId', ...CONTENT_COLUMNS])
    .$castTo<PlacedRow>()
    .where('b.page_id', '=', pageId)
    .where('b.deleted_at', 'is', null)
    .orderBy('b.rank')
    .execute();
  const indexes = new Map(rows.map(({ id }, index) => [id, index]));
  return rows.map(({ id: _id, parentId, ...row }) => ({
    ...row,
    group: parentId === null ? null : (indexes.get(parentId) ?? null),
  }));
}

export type RankedBlock = { id: string; rank: string; type: string };

export async function listBlockRanks(trx: Trx, pageId: string): Promise<RankedBlock[]> {
  return trx
    .selectFrom('blocks')
    .select(['id', 'rank', 'type'])
    .where('page_id', '=', pageId)
    .where('deleted_at', 'is', null)
    .orderBy('rank')
    .execute();
}

export type NewBlock = BlockContentRow & {
  id: string;
  pageId: string;
  parentId: string | null;
  rank: string;
};

const toContentColumns = (block: BlockContentRow) => ({
  title: block.title,
  url: block.url,
  data: JSON.stringify(block.data),
  enabled: block.enabled,
  starts_at: block.startsAt,
  ends_at: block.endsAt,
  pinned: block.pinned,
  gate: block.gate,
  thumbnail_url: block.thumbnailUrl,
  thumbnail_file_id: block.thumbnailFileId,
  layout: block.layout && JSON.stringify(block.layout),
  targeting: block.targeting && JSON.stringify(block.targeting),
  schedule: block.schedule && JSON.stringify(block.schedule),
  title_test: block.titleTest && JSON.stringify(block.titleTest),
});

export async function insertBlocks(trx: Trx, blocks: NewBlock[]): Promise<void> {
  const rows = blocks.map((block) => ({
    id: block.id,
    page_id: block.pageId,
    parent_id: block.parentId,
    type: block.type,
    rank: block.rank,
    ...toContentColumns(block),
  }));
  if (rows.length > 0) await trx.insertInto('blocks').values(rows).execute();
}

export async function updateBlockRow(trx: Trx, id: string, block: BlockContentRow): Promise<void> {
  await trx
    .updateTable('blocks')
    .set({ ...toContentColumns(block), version: sql`version + 1`, updated_at: now })
    .where('id', '=', id)
    .execute();
}

/** Groups of live blocks of one page, checked by the caller. */
export async function updateBlockParents(
  trx: Trx,
  parents: [id: string, parentId: string | null][],
): Promise<void> {
  await sql`
    update blocks set parent_id = given.parent_id, version = version + 1, updated_at = ${now}
    from unnest(${parents.map(([id]) => id)}::uuid[], ${parents.map(([, parentId]) => parentId)}::uuid[])
      as given (id, parent_id)
    where blocks.id = given.id and blocks.parent_id is distinct from given.parent_id`.execute(trx);
}

/** The blocks of a group that goes into the trash stay on the page. */
export async function clearBlockGroup(trx: Trx, id: string): Promise<void> {
  await trx
    .updateTable('blocks')
    .set({ parent_id: null, version: sql`version + 1`, updated_at: now })
    .where('parent_id', '=', id)
    .execute();
}

export async function updateBlockRank(trx: Trx, id: string, rank: string): Promise<void> {
  await trx.updateTable('blocks').set({ rank }).where('id', '=', id).execute();
}

export async function updateBlockRanks(trx: Trx, ids: string[], ranks: string[]): Promise<void> {
  await sql`
    update blocks set rank = given.rank
    from unnest(${ids}::uuid[], ${ranks}::text[]) as given (id, rank)
    where blocks.id = given.id`.execute(trx);
}

export async function markBlockTrashed(trx: Trx, id: string): Promise<void> {
  await trx.updateTable('blocks').set({ deleted_at: now }).where('id', '=', id).execute();
}

export async function markBlocksTrashed(trx: Trx, pageId: string): Promise<number> {
  const result = await trx
    .updateTable('blocks')
    .set({ deleted_at: now })
    .where('page_id', '=', pageId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

export async function findTrashedBlockPlace(
  trx: Trx,
  id: string,
): Promise<{ rank: string; parentId: string | null } | undefined> {
  return trx
    .selectFrom('blocks')
    .select(['rank', 'parent_id as parentId'])
    .where('id', '=', id)
    .where('deleted_at', '>', trashStart)
    .executeTakeFirst();
}

/** False if the block is not in the trash or has been there too long. */
export async function unmarkBlockTrashed(
  trx: Trx,
  id: string,
  { rank, parentId }: { rank: string; parentId: string | null },
): Promise<boolean> {
  const result = await trx
    .updateTable('blocks')
    .set({ deleted_at: null, rank, parent_id: parentId, version: sql`version + 1`, updated_at: now })
    .where('id', '=', id)
    .where('deleted_at', '>', trashStart)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function deleteExcessTrashedBlocks(trx: Trx, pageId: string): Promise<void> {
  await trx
    .deleteFrom('blocks')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('blocks')
        .select('id')
        .where('page_id', '=', pageId)
        .where('deleted_at', 'is not', null)
        .orderBy('deleted_at', 'desc')
        .orderBy('id')
        .offset(MAX_TRASHED_BLOCKS),
    )
    .execute();
}

export const deleteExpiredBlockRows = (db: Db): Promise<void> =>
  deleteExpiredRows(db, { table: 'blocks', by: sql`deleted_at`, before: trashStart });
