import { type Db, type InsertPart, insertPart, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { Seo, Theme } from './schema.ts';

/** How long what is deleted can be restored. */
const RESTORABLE = sql<Date>`now() - interval '30 days'`;
const now = sql<Date>`now()`;

/** Holds a user's row, so that what counts their pages and handles takes turns; false where they are gone. */
export async function lockPageOwner(trx: Trx, userId: string): Promise<boolean> {
  const row = await trx
    .selectFrom('users')
    .select('id')
    .where('id', '=', userId)
    .where('deleted_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

/** The lowest of a user's 20 slots that no page has; null where all are taken. */
export async function findFreePageSlot(trx: Trx, userId: string): Promise<number | null> {
  const { rows } = await sql<{ slot: number | null }>`
    select min(slot) as slot from generate_series(1, 20) as slot
    where slot not in (select slot from pages where user_id = ${userId} and deleted_at is null)`.execute(trx);
  return rows[0]?.slot ?? null;
}

export type PageContent = {
  title: string;
  bio: string | null;
  avatarUrl: string | null;
  theme: Theme;
  seo: Seo;
};
export type NewPage = PageContent & { id: string; userId: string; slot: number; handle: string };

/** Inserts a page without its handle, see `claimHandle`. */
export const insertPagePart = (page: NewPage): InsertPart => insertPart`
  insert into pages (id, user_id, slot, handle, title, bio, avatar_url, theme, seo)
  select ${page.id}::uuid, ${page.userId}::uuid, ${page.slot}::int, ${page.handle}::text, ${page.title}::text,
    ${page.bio}::text, ${page.avatarUrl}::text, ${JSON.stringify(page.theme)}::jsonb,
    ${JSON.stringify(page.seo)}::jsonb`;

const pages = (db: Db, userId: string) =>
  db
    .selectFrom('pages')
    .select([
      'id',
      'handle',
      'title',
      'bio',
      'avatar_url as avatarUrl',
      'theme',
      'seo',
      'published',
      'block_count as blockCount',
      'version',
      'created_at as createdAt',
      'updated_at as updatedAt',
      'deleted_at as deletedAt',
    ])
    .where('user_id', '=', userId);

export type PageRow = NonNullable<Awaited<ReturnType<typeof findPageRow>>>;

/** One of a user's pages, not in the trash. */
export async function findPageRow(db: Db, id: string, userId: string) {
  return pages(db, userId).where('id', '=', id).where('deleted_at', 'is', null).executeTakeFirst();
}

/** As `findPageRow`; nobody else changes the page until the transaction ends. */
export async function lockPageRow(trx: Trx, id: string, userId: string): Promise<PageRow | undefined> {
  return pages(trx, userId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** One of a user's pages in the trash that can still be restored; held until the transaction ends. */
export async function lockTrashedPageRow(trx: Trx, id: string, userId: string): Promise<PageRow | undefined> {
  return pages(trx, userId)
    .where('id', '=', id)
    .where('deleted_at', '>', RESTORABLE)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** A user's pages, or those in the trash; oldest first. */
export async function listPageRows(
  db: Db,
  filter: { userId: string; deleted: boolean; after: string | null; limit: number },
) {
  return pages(db, filter.userId)
    .$call((query) =>
      filter.deleted ? query.where('deleted_at', '>', RESTORABLE) : query.where('deleted_at', 'is', null),
    )
    .$if(filter.after !== null, (query) => query.where('id', '>', filter.after as string))
    .orderBy('id')
    .limit(filter.limit)
    .execute();
}

/** Members to change; those of `theme` and `seo` are put over the stored ones. */
export type PageChange = Partial<{
  handle: string;
  title: string;
  bio: string | null;
  avatarUrl: string | null;
  theme: object;
  seo: object;
}>;

const merged = (column: 'theme' | 'seo', members: object) =>
  sql<string>`${sql.ref(column)} || ${JSON.stringify(members)}::jsonb`;

/** Changes a page and counts its version up. */
export async function updatePageRow(trx: Trx, id: string, change: PageChange): Promise<void> {
  const { avatarUrl, theme, seo, ...columns } = change;
  await trx
    .updateTable('pages')
    .set({
      ...columns,
      ...(avatarUrl !== undefined && { avatar_url: avatarUrl }),
      ...(theme && { theme: merged('theme', theme) }),
      ...(seo && { seo: merged('seo', seo) }),
      version: sql`version + 1`,
      updated_at: now,
    })
    .where('id', '=', id)
    .execute();
}

export async function updatePagePublished(trx: Trx, id: string, published: boolean): Promise<void> {
  await trx.updateTable('pages').set({ published }).where('id', '=', id).execute();
}

/** Moves a page into the trash; its slot is free. */
export async function markPageTrashed(trx: Trx, id: string): Promise<void> {
  await trx.updateTable('pages').set({ deleted_at: now }).where('id', '=', id).execute();
}

/** Takes a page out of the trash, into a slot and under a handle. */
export async function unmarkPageTrashed(trx: Trx, id: string, slot: number, handle: string): Promise<void> {
  await trx
    .updateTable('pages')
    .set({ deleted_at: null, slot, handle, version: sql`version + 1`, updated_at: now })
    .where('id', '=', id)
    .execute();
}

/** Adds to the number of blocks of a page; throws the check violation `pages_at_most_200_blocks`. */
export async function addToBlockCount(trx: Trx, id: string, count: number): Promise<void> {
  await trx
    .updateTable('pages')
    .set({ block_count: sql`block_count + ${count}` })
    .where('id', '=', id)
    .execute();
}

export async function existsPublishedPage(db: Db, userId: string): Promise<boolean> {
  const row = await db
    .selectFrom('pages')
    .select('id')
    .where('user_id', '=', userId)
    .where('published', '=', true)
    .where('deleted_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Some pages that have been in the trash for too long, held until the transaction ends. */
export async function lockExpiredPages(trx: Trx, limit: number): Promise<string[]> {
  const rows = await trx
    .selectFrom('pages')
    .select('id')
    .where('deleted_at', '<=', RESTORABLE)
    .orderBy('deleted_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
  return rows.map((row) => row.id);
}

/** Deletes pages for good, with their blocks. */
export async function deletePageRows(trx: Trx, ids: string[]): Promise<void> {
  await trx.deleteFrom('pages').where('id', 'in', ids).execute();
}

export async function deletePagesByUser(trx: Trx, userId: string): Promise<void> {
  await trx.deleteFrom('pages').where('user_id', '=', userId).execute();
}
