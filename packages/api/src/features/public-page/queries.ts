import type { Db } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { Seo, Theme } from '../pages/schema.ts';
import type { PublicBlockRow } from './blocks/schema.ts';

// `isLive` of blocks/schema.ts, by the database's clock.
const isLive = sql<boolean>`b.deleted_at is null and b.enabled
  and (b.starts_at is null or b.starts_at <= now()) and (b.ends_at is null or b.ends_at > now())`;
const blockRow = sql`json_build_object('id', b.id, 'type', b.type, 'title', b.title, 'url', b.url, 'data', b.data,
  'gate', b.gate, 'pinned', b.pinned, 'thumbnailUrl', b.thumbnail_url, 'layout', b.layout)`;
const liveBlocks = sql<PublicBlockRow[]>`(
  select coalesce(json_agg(${blockRow} order by b.pinned desc, b.rank), '[]') from blocks b
  where b.page_id = p.id and ${isLive}
)`;

/** Pages that are not in the trash, of owners who are neither suspended nor gone, by their handles. */
const pages = (db: Db) =>
  db
    .selectFrom('handles as h')
    .innerJoin('pages as p', 'p.id', 'h.page_id')
    .innerJoin('users as u', 'u.id', 'p.user_id')
    .where('p.deleted_at', 'is', null)
    .where('u.suspended_at', 'is', null)
    .where('u.deleted_at', 'is', null);

const findPage = (db: Db, condition: RawBuilder<boolean>) =>
  pages(db)
    .select([
      'p.handle',
      'p.title',
      'p.bio',
      'p.avatar_url as avatarUrl',
      'p.created_at as createdAt',
      'p.updated_at as updatedAt',
      sql<Theme>`p.theme`.as('theme'),
      sql<Seo>`p.seo`.as('seo'),
      liveBlocks.as('blocks'),
    ])
    .where(condition)
    .executeTakeFirst();
export type PublicPageRow = NonNullable<Awaited<ReturnType<typeof findPage>>>;

/** The published page that a handle in lower case leads to, its own or one from before. */
export const findPublishedPage = (db: Db, handle: string): Promise<PublicPageRow | undefined> =>
  findPage(
    db,
    sql`h.handle = ${handle} and (h.state = 'active' or h.state = 'renamed' and h.until > now()) and p.published`,
  );

/** A page of any state by its id, for its owner. */
export const findPageForPreview = (db: Db, pageId: string): Promise<PublicPageRow | undefined> =>
  findPage(db, sql`h.page_id = ${pageId} and h.state = 'active'`);

/** A block of a published page, if visitors may see it now. */
export async function findPublicBlock(
  db: Db,
  id: string,
): Promise<(PublicBlockRow & { handle: string }) | undefined> {
  const row = await pages(db)
    .innerJoin('blocks as b', 'b.page_id', 'p.id')
    .select(['p.handle', sql<PublicBlockRow>`${blockRow}`.as('block')])
    .where('b.id', '=', id)
    .where('h.state', '=', 'active')
    .where('p.published', '=', true)
    .where(isLive)
    .executeTakeFirst();
  return row && { ...row.block, handle: row.handle };
}

const indexable = (db: Db) =>
  pages(db)
    .where('h.state', '=', 'active')
    .where('p.published', '=', true)
    .where(sql<boolean>`not coalesce((p.seo->>'noindex')::boolean, false)`);

/** The ids after which each further part of `size` indexable pages begins; none where one part is enough. */
export async function listSitemapPartStarts(db: Db, size: number): Promise<string[]> {
  const numbered = indexable(db).select([
    'p.id',
    sql<number>`row_number() over (order by p.id)`.as('number'),
  ]);
  const rows = await db
    .selectFrom(numbered.as('n'))
    .select('id')
    .where(sql<boolean>`number % ${size} = 0`)
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Up to `limit` indexable pages whose ids come after `after`, oldest first. */
export const listIndexablePages = (db: Db, { after, limit }: { after: string | undefined; limit: number }) =>
  indexable(db)
    .select(['p.handle', 'p.updated_at as updatedAt'])
    .$if(after !== undefined, (query) => query.where('p.id', '>', after as string))
    .orderBy('p.id')
    .limit(limit)
    .execute();
