import {
  type Db,
  shownBlocksSubquery,
  shownJsonPart,
  shownMadeWithPart,
  shownTextPart,
  shownTimePart,
} from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { Seo, Theme } from '../pages/schema.ts';
import type { TakedownReason } from '../pages/takedowns/schema.ts';
import type { PublicBlockRow } from './blocks/view/content.ts';

const now = sql<Date>`now()`;
const visibleBlockCondition = (at: RawBuilder<Date> = now) => sql<boolean>`b.deleted_at is null and b.enabled
  and (b.starts_at is null or b.starts_at <= ${at}) and (b.ends_at is null or b.ends_at > ${at})`;
const blockJson = sql`json_build_object('id', b.id, 'parentId', b.parent_id, 'type', b.type, 'title', b.title, 'url', b.url, 'data', b.data,
  'gate', b.gate, 'pinned', b.pinned, 'thumbnailUrl', b.thumbnail_url,
  'thumbnailFileId', b.thumbnail_file_id, 'layout', b.layout,
  'targeting', b.targeting, 'titleTest', b.title_test)`;
const visibleBlocksSubquery = (blocks: RawBuilder<unknown>, at?: RawBuilder<Date>) => sql<PublicBlockRow[]>`(
  select coalesce(json_agg(${blockJson} order by b.pinned desc, b.rank), '[]') from ${blocks} b
  where ${visibleBlockCondition(at)}
)`;
const shownBlocks = visibleBlocksSubquery(shownBlocksSubquery('page_id', sql`p.id`));
const draftBlocksSubquery = (at: Date) =>
  visibleBlocksSubquery(sql`(select * from blocks where page_id = p.id)`, sql<Date>`${at}::timestamptz`);

/** Not one whose records are wrong, as links would lead nowhere. */
const domainSubquery = sql<string | null>`(
  select d.hostname from domains d
  where d.page_id = p.id and d.is_primary and d.status = 'active' and d.failing_since is null
)`;

const cssAllowedSubquery = sql<boolean>`exists (
  select from workspaces w where w.id = p.workspace_id and w.custom_css_allowed_at is not null
)`;

/** Null if the page stands. */
const takedownSubquery = sql<TakedownReason | null>`(
  select t.reason from page_takedowns t where t.page_id = p.id and t.restored_at is null
)`;

export type Visibility = { verifiedOnly: boolean };

/** One owner who is not suspended answers for the pages of a workspace. */
const hasOwnerCondition = ({ verifiedOnly }: Visibility) => sql<boolean>`exists (
  select from workspaces w
    join workspace_members m on m.workspace_id = w.id and m.role = 'owner'
    join users u on u.id = m.user_id
  where w.id = p.workspace_id and w.deleted_at is null and u.suspended_at is null
    and (${verifiedOnly} is false or u.email_verified_at is not null)
)`;

/** Except pages in the trash, and pages of deleted workspaces and of suspended owners. `l` is what was published. */
const selectPages = (db: Db, visibility: Visibility, { isDraft = false } = {}) =>
  db
    .selectFrom('handles as h')
    .innerJoin('pages as p', 'p.id', 'h.page_id')
    .leftJoin('live_pages as l', (join) =>
      join.on(isDraft ? sql<boolean>`false` : sql<boolean>`l.page_id = p.id`),
    )
    .where('p.deleted_at', 'is', null)
    .where(hasOwnerCondition(visibility));

const selectPublishedPages = (db: Db, visibility: Visibility) =>
  selectPages(db, visibility).where('p.published', '=', true);

const selectStandingPages = (db: Db, visibility: Visibility) =>
  selectPublishedPages(db, visibility).where(takedownSubquery, 'is', null);

export type PublicPageRow = {
  takedown: TakedownReason | null;
  pageId: string;
  workspaceId: string;
  handle: string;
  /** The custom domain that is its address. */
  domain: string | null;
  title: string;
  verified: boolean;
  bio: string | null;
  avatarUrl: string | null;
  avatarFileId: string | null;
  language: string;
  createdAt: Date;
  updatedAt: Date;
  theme: Theme;
  isCssAllowed: boolean;
  madeWith: boolean;
  seo: Seo;
  /** The ID of its password. */
  lockId: string | null;
  blocks: PublicBlockRow[];
};

const findPublicPageRow = (
  pages: ReturnType<typeof selectPages>,
  condition: RawBuilder<boolean>,
  blocks = shownBlocks,
): Promise<PublicPageRow | undefined> =>
  pages
    .select([
      'p.id as pageId',
      'p.workspace_id as workspaceId',
      'p.handle',
      domainSubquery.as('domain'),
      takedownSubquery.as('takedown'),
      sql<boolean>`p.verified_at is not null`.as('verified'),
      shownTextPart<string>('title').as('title'),
      shownTextPart<string | null>('bio').as('bio'),
      shownTextPart<string | null>('avatar_url').as('avatarUrl'),
      shownTextPart<string | null>('avatar_file_id').as('avatarFileId'),
      shownTextPart<string>('language').as('language'),
      'p.created_at as createdAt',
      shownTimePart.as('updatedAt'),
      shownJsonPart<Theme>('theme').as('theme'),
      cssAllowedSubquery.as('isCssAllowed'),
      shownMadeWithPart.as('madeWith'),
      shownJsonPart<Seo>('seo').as('seo'),
      'p.lock_id as lockId',
      blocks.as('blocks'),
    ])
    .where(condition)
    .executeTakeFirst();

export const findPublishedPage = (
  db: Db,
  handle: string,
  visibility: Visibility,
): Promise<PublicPageRow | undefined> =>
  findPublicPageRow(
    selectPublishedPages(db, visibility),
    sql`h.handle = ${handle} and (h.state = 'active' or h.state = 'renamed' and h.until > now())`,
  );

/** As a draft, published or not, if it is in one of the workspaces and its preview links of this version have not been revoked. Their maker must not be suspended. */
export const findPageForPreview = (
  db: Db,
  {
    pageId,
    version,
    userId,
    workspaces,
    at,
  }: { pageId: string; version: number; userId: string; workspaces: RawBuilder<string>; at: Date },
): Promise<PublicPageRow | undefined> =>
  findPublicPageRow(
    selectPages(db, { verifiedOnly: false }, { isDraft: true }),
    sql`h.page_id = ${pageId} and h.state = 'active' and p.preview_version = ${version}
      and p.workspace_id in ${workspaces} and ${takedownSubquery} is null
      and exists (select from users u where u.id = ${userId} and u.suspended_at is null)`,
    draftBlocksSubquery(at),
  );

type PublicBlockPage = {
  handle: string;
  language: string;
  pageId: string;
  workspaceId: string;
  lockId: string | null;
};

export async function findPublicBlock(
  db: Db,
  id: string,
  visibility: Visibility,
): Promise<(PublicBlockRow & PublicBlockPage) | undefined> {
  const row = await selectStandingPages(db, visibility)
    .innerJoin(shownBlocksSubquery('id', sql`${id}::uuid`).as('b'), 'b.page_id', 'p.id')
    .select([
      'p.handle',
      shownTextPart<string>('language').as('language'),
      'p.id as pageId',
      'p.workspace_id as workspaceId',
      'p.lock_id as lockId',
      sql<PublicBlockRow>`${blockJson}`.as('block'),
    ])
    .where('h.state', '=', 'active')
    .where(visibleBlockCondition())
    .executeTakeFirst();
  if (!row) return undefined;
  const { block, ...page } = row;
  return { ...block, ...page };
}

/** A block that visitors would see, had its page not been taken down. */
export async function findTakedownOfBlock(
  db: Db,
  id: string,
  visibility: Visibility,
): Promise<TakedownReason | undefined> {
  const row = await selectPublishedPages(db, visibility)
    .innerJoin(shownBlocksSubquery('id', sql`${id}::uuid`).as('b'), 'b.page_id', 'p.id')
    .select(takedownSubquery.as('reason'))
    .where('h.state', '=', 'active')
    .where(visibleBlockCondition())
    .executeTakeFirst();
  return row?.reason ?? undefined;
}

export async function listVisibleBlocks(db: Db, pageId: string): Promise<PublicBlockRow[]> {
  const { rows } = await sql<{ block: PublicBlockRow }>`
    select ${blockJson} as block from ${shownBlocksSubquery('page_id', sql`${pageId}::uuid`)} b
    where ${visibleBlockCondition()} order by b.pinned desc, b.rank`.execute(db);
  return rows.map(({ block }) => block);
}

/** As the predicate of `pages_published_idx` is written. */
const selectPublishedIds = (db: Db) =>
  db
    .selectFrom('pages')
    .select('id')
    .where('deleted_at', 'is', null)
    .where('published', '=', sql<true>`true`);

/** Every `size`-th published page, after which the next part of the sitemap starts. Reads nothing but an index. */
export async function listSitemapPartStarts(db: Db, size: number): Promise<string[]> {
  const numbered = selectPublishedIds(db).select(sql<number>`row_number() over (order by id)`.as('number'));
  const rows = await db
    .selectFrom(numbered.as('n'))
    .select('id')
    .where(sql<boolean>`number % ${size} = 0`)
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Those without a password of the next `size` published pages that search engines may show. */
export const listIndexablePages = (
  db: Db,
  { after, size }: { after: string | undefined; size: number },
  visibility: Visibility,
) =>
  selectStandingPages(db, visibility)
    .select(['p.handle', shownTimePart.as('updatedAt')])
    .where('h.state', '=', 'active')
    .where('p.lock_id', 'is', null)
    .where(sql<boolean>`not coalesce((${shownJsonPart('seo')} ->> 'noindex')::boolean, false)`)
    .where('p.id', 'in', (eb) =>
      eb
        .selectFrom(selectPublishedIds(db).as('published'))
        .select('published.id')
        .$call((query) => (after === undefined ? query : query.where('published.id', '>', after)))
        .orderBy('published.id')
        .limit(size),
    )
    .orderBy('p.id')
    .execute();
