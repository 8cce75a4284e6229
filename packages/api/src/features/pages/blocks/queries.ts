import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { BlockType, Layout } from './schema.ts';

/** How long what is deleted can be restored, and how much of a page the trash keeps. */
const RESTORABLE = sql<Date>`now() - interval '30 days'`;
const TRASH_SIZE = 200;
const now = sql<Date>`now()`;

const COLUMNS = [
  'b.id',
  'b.page_id as pageId',
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
  'b.layout',
  'b.version',
  'b.created_at as createdAt',
  'b.updated_at as updatedAt',
  'b.deleted_at as deletedAt',
] as const;

/** Blocks of a user's pages that are not in the trash. */
const blocksOf = (db: Db, userId: string) =>
  db
    .selectFrom('blocks as b')
    .innerJoin('pages as p', 'p.id', 'b.page_id')
    .select(COLUMNS)
    .where('p.user_id', '=', userId)
    .where('p.deleted_at', 'is', null);

export type BlockRow = NonNullable<Awaited<ReturnType<typeof findBlockRow>>>;

export async function findBlockRow(db: Db, id: string, userId: string) {
  return blocksOf(db, userId).where('b.id', '=', id).where('b.deleted_at', 'is', null).executeTakeFirst();
}

/** As `findBlock`; nobody else changes the block until the transaction ends. */
export async function lockBlock(trx: Trx, id: string, userId: string): Promise<BlockRow | undefined> {
  return blocksOf(trx, userId)
    .where('b.id', '=', id)
    .where('b.deleted_at', 'is', null)
    .forNoKeyUpdate('b')
    .executeTakeFirst();
}

/** The page of one of a user's blocks, deleted ones included. */
export async function findPageOfBlock(db: Db, id: string, userId: string): Promise<string | undefined> {
  const row = await blocksOf(db, userId).where('b.id', '=', id).executeTakeFirst();
  return row?.pageId;
}

/** The blocks of a page in their order, or those in the trash, what was deleted last first. */
export async function listBlockRows(db: Db, filter: { pageId: string; deleted: boolean }) {
  return db
    .selectFrom('blocks as b')
    .select(COLUMNS)
    .where('b.page_id', '=', filter.pageId)
    .$call((query) =>
      filter.deleted
        ? query.where('b.deleted_at', '>', RESTORABLE).orderBy('b.deleted_at', 'desc').orderBy('b.id')
        : query.where('b.deleted_at', 'is', null).orderBy('b.rank'),
    )
    .execute();
}

/** Ids and ranks of a page's blocks, in their order. */
export async function listBlockRanks(trx: Trx, pageId: string): Promise<{ id: string; rank: string }[]> {
  return trx
    .selectFrom('blocks')
    .select(['id', 'rank'])
    .where('page_id', '=', pageId)
    .where('deleted_at', 'is', null)
    .orderBy('rank')
    .execute();
}

/** The rank of a page's last block; null where it has none. */
export async function findLastBlockRank(trx: Trx, pageId: string): Promise<string | null> {
  const row = await trx
    .selectFrom('blocks')
    .select('rank')
    .where('page_id', '=', pageId)
    .where('deleted_at', 'is', null)
    .orderBy('rank', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.rank ?? null;
}

export type BlockContentRow = {
  type: BlockType;
  title: string | null;
  url: string | null;
  data: Record<string, unknown>;
  enabled: boolean;
  startsAt: Date | null;
  endsAt: Date | null;
  pinned: boolean;
  gate: BlockRow['gate'];
  thumbnailUrl: string | null;
  layout: Layout | null;
};
export type NewBlock = BlockContentRow & { id: string; pageId: string; rank: string };

const columnsOf = (block: Omit<BlockContentRow, 'type'>) => ({
  title: block.title,
  url: block.url,
  data: JSON.stringify(block.data),
  enabled: block.enabled,
  starts_at: block.startsAt,
  ends_at: block.endsAt,
  pinned: block.pinned,
  gate: block.gate,
  thumbnail_url: block.thumbnailUrl,
  layout: block.layout && JSON.stringify(block.layout),
});

/** Stores blocks. Throws the check violation `blocks_schedule` where one ends before it begins. */
export async function insertBlocks(trx: Trx, blocks: NewBlock[]): Promise<void> {
  const rows = blocks.map((block) => ({
    id: block.id,
    page_id: block.pageId,
    type: block.type,
    rank: block.rank,
    ...columnsOf(block),
  }));
  if (rows.length > 0) await trx.insertInto('blocks').values(rows).execute();
}

/** Writes what a block says and how it is shown, and counts its version up. Throws as `insertBlocks`. */
export async function updateBlockRow(
  trx: Trx,
  id: string,
  block: Omit<BlockContentRow, 'type'>,
): Promise<void> {
  await trx
    .updateTable('blocks')
    .set({ ...columnsOf(block), version: sql`version + 1`, updated_at: now })
    .where('id', '=', id)
    .execute();
}

export async function updateBlockRank(trx: Trx, id: string, rank: string): Promise<void> {
  await trx.updateTable('blocks').set({ rank }).where('id', '=', id).execute();
}

/** Gives several blocks their ranks at once. */
export async function updateBlockRanks(trx: Trx, ids: string[], ranks: string[]): Promise<void> {
  await sql`
    update blocks set rank = given.rank
    from unnest(${ids}::uuid[], ${ranks}::text[]) as given (id, rank)
    where blocks.id = given.id`.execute(trx);
}

/** Moves a block into the trash; false if it is there already. */
export async function markBlockTrashed(trx: Trx, id: string): Promise<boolean> {
  const result = await trx
    .updateTable('blocks')
    .set({ deleted_at: now })
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Moves every block of a page into the trash; returns how many. */
export async function markBlocksTrashed(trx: Trx, pageId: string): Promise<number> {
  const result = await trx
    .updateTable('blocks')
    .set({ deleted_at: now })
    .where('page_id', '=', pageId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** Takes a block out of the trash to a rank; false if it is not there or was for too long. */
export async function unmarkBlockTrashed(trx: Trx, id: string, rank: string): Promise<boolean> {
  const result = await trx
    .updateTable('blocks')
    .set({ deleted_at: null, rank, version: sql`version + 1`, updated_at: now })
    .where('id', '=', id)
    .where('deleted_at', '>', RESTORABLE)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Deletes for good what the trash of a page has no room for. */
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
        .offset(TRASH_SIZE),
    )
    .execute();
}

/** Deletes for good what has been in the trash for too long. */
export async function deleteExpiredBlockRows(db: Db): Promise<void> {
  await db.deleteFrom('blocks').where('deleted_at', '<=', RESTORABLE).execute();
}
