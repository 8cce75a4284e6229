import { type Db, type InsertPart, insertPart, prepareQuery, type Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { Role } from '../../core/access.ts';
import { badgeUnderHandlePart } from './badges/queries.ts';
import { MAX_PAGES, TRASH_DAYS } from './policy.ts';
import type { Seo, Theme } from './schema.ts';
import { takedownSubquery } from './takedowns/queries.ts';

export const trashStart = sql<Date>`now() - make_interval(days => ${TRASH_DAYS})`;
const now = sql<Date>`now()`;

export async function findFreePageSlot(trx: Trx, workspaceId: string): Promise<number | null> {
  const { rows } = await sql<{ slot: number | null }>`
    select min(slot) as slot from generate_series(1, ${MAX_PAGES}::int) as slot
    where slot not in (select slot from pages where workspace_id = ${workspaceId} and deleted_at is null)`.execute(
    trx,
  );
  return rows[0]?.slot ?? null;
}

export async function findWorkspaceLanguage(trx: Trx, workspaceId: string): Promise<string | undefined> {
  const row = await trx
    .selectFrom('pages')
    .select('language')
    .where('workspace_id', '=', workspaceId)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row?.language;
}

export type PageContent = {
  title: string;
  bio: string | null;
  avatarUrl: string | null;
  avatarFileId: string | null;
  language: string;
  theme: Theme;
  seo: Seo;
  madeWith: boolean;
};
export type NewPage = PageContent & {
  id: string;
  workspaceId: string;
  userId: string;
  slot: number;
  handle: string;
};

/** Without its handle, see `claimHandle`. */
export const insertPagePart = (page: NewPage): InsertPart => insertPart`
  insert into pages (id, workspace_id, user_id, slot, handle, title, bio, avatar_url, avatar_file_id, language, theme, seo,
    made_with)
  select ${page.id}::uuid, ${page.workspaceId}::uuid, ${page.userId}::uuid, ${page.slot}::int, ${page.handle}::text, ${page.title}::text,
    ${page.bio}::text, ${page.avatarUrl}::text, ${page.avatarFileId}::uuid, ${page.language}::text, ${JSON.stringify(page.theme)}::jsonb,
    ${JSON.stringify(page.seo)}::jsonb, ${page.madeWith}::boolean`;

const selectPages = (db: Db) =>
  db
    .selectFrom('pages')
    .select([
      'id',
      'workspace_id as workspaceId',
      'handle',
      'title',
      'bio',
      'avatar_url as avatarUrl',
      'avatar_file_id as avatarFileId',
      'language',
      'theme',
      'seo',
      'made_with as madeWith',
      'published',
      'manual_publishing as manualPublishing',
      'draft_changed as draftChanged',
      'block_count as blockCount',
      sql<boolean>`lock_id is not null`.as('locked'),
      'version',
      takedownSubquery(sql.ref('pages.id')).as('takedown'),
      sql<boolean>`verified_at is not null`.as('verified'),
      'created_at as createdAt',
      'updated_at as updatedAt',
      'deleted_at as deletedAt',
    ])
    // Every write goes through the zod schemas of both.
    .$narrowType<{ theme: Theme; seo: Seo }>();

export type PageRow = Awaited<ReturnType<typeof listPageRows>>[number];
/** With the principal's role in the page's workspace; null for strangers. */
export type RoledPageRow = NonNullable<Awaited<ReturnType<typeof findPageRow>>>;

/** `roleSubquery` of workspaces for `pages.workspace_id`. */
export type RoleOfPage = RawBuilder<Role | null>;

const selectRoledPages = (db: Db, role: RoleOfPage) => selectPages(db).select(role.as('role'));

export const findPageRow = (db: Db, id: string, role: RoleOfPage) =>
  selectRoledPages(db, role).where('id', '=', id).where('deleted_at', 'is', null).executeTakeFirst();

export const lockPageRow = (trx: Trx, id: string, role: RoleOfPage): Promise<RoledPageRow | undefined> =>
  selectRoledPages(trx, role)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();

const selectTrashedPages = (db: Db, id: string, role: RoleOfPage) =>
  selectRoledPages(db, role).where('id', '=', id).where('deleted_at', '>', trashStart);

export const findTrashedPageRow = (db: Db, id: string, role: RoleOfPage): Promise<RoledPageRow | undefined> =>
  selectTrashedPages(db, id, role).executeTakeFirst();

export const lockTrashedPageRow = (
  trx: Trx,
  id: string,
  role: RoleOfPage,
): Promise<RoledPageRow | undefined> => selectTrashedPages(trx, id, role).forNoKeyUpdate().executeTakeFirst();

export async function listPageRows(
  db: Db,
  filter: {
    workspaces: RawBuilder<string> | string[];
    deleted: boolean;
    after: string | null;
    limit: number;
  },
) {
  const { workspaces, deleted, after, limit } = filter;
  return selectPages(db)
    .where('workspace_id', 'in', workspaces)
    .$call((query) =>
      deleted ? query.where('deleted_at', '>', trashStart) : query.where('deleted_at', 'is', null),
    )
    .$call((query) => (after === null ? query : query.where('id', '>', after)))
    .orderBy('id')
    .limit(limit)
    .execute();
}

type Reach = { userId: string; workspaceId: string | null; roles: readonly Role[] };
type ReachValues = { [Name in keyof Reach]: RawBuilder<Reach[Name]> };
const NO_REACH: Reach = { userId: '', workspaceId: null, roles: [] };

/** The first rows of a list; `workspacesSubquery` is `workspacesByRoleSubquery` of workspaces. */
export const prepareFirstPages = (workspacesSubquery: (who: ReachValues) => RawBuilder<string>) =>
  prepareQuery({ ...NO_REACH, limit: 0 }, (db, { limit, ...who }) =>
    selectPages(db)
      .where('workspace_id', 'in', workspacesSubquery(who))
      .where('deleted_at', 'is', null)
      .orderBy('id')
      .limit(limit)
      .compile(),
  );

/** `theme` and `seo` are merged into the stored objects. */
export type PageChange = Partial<{
  handle: string;
  title: string;
  bio: string | null;
  avatarUrl: string | null;
  avatarFileId: string | null;
  language: string;
  theme: object;
  seo: object;
  madeWith: boolean;
}>;

const mergeJson = (column: 'theme' | 'seo', members: object) =>
  sql<string>`${sql.ref(column)} || ${JSON.stringify(members)}::jsonb`;

export async function updatePageRow(trx: Trx, id: string, change: PageChange): Promise<void> {
  const { avatarUrl, avatarFileId, theme, seo, madeWith, ...columns } = change;
  await trx
    .updateTable('pages')
    .set({
      ...columns,
      ...(avatarUrl !== undefined && { avatar_url: avatarUrl }),
      ...(avatarFileId !== undefined && { avatar_file_id: avatarFileId }),
      ...(madeWith !== undefined && { made_with: madeWith }),
      ...(theme && { theme: mergeJson('theme', theme) }),
      ...(seo && { seo: mergeJson('seo', seo) }),
      ...(change.handle !== undefined && { verified_at: badgeUnderHandlePart(change.handle) }),
      version: sql`version + 1`,
      updated_at: now,
    })
    .where('id', '=', id)
    .execute();
}

/** For `publishEventsFrom`: the page as it is now, told to its workspace or to another one. */
export const pageEventQuery = (
  id: string,
  {
    publicUrl,
    changed,
    workspaceId = null,
  }: { publicUrl: string; changed?: string[]; workspaceId?: string | null },
) => sql`
  select coalesce(${workspaceId}::uuid, p.workspace_id) as workspace_id, p.id as object_id, json_build_object(
    'id', p.id, 'workspaceId', p.workspace_id, 'handle', p.handle, 'title', p.title,
    'url', ${`${publicUrl}/@`}::text || p.handle, 'published', p.published, 'version', p.version${
      changed ? sql`, 'changed', to_json(${changed}::text[])` : sql``
    }
  ) as data
  from pages p where p.id = ${id}::uuid`;

export async function markPageTrashed(trx: Trx, id: string): Promise<void> {
  await trx.updateTable('pages').set({ deleted_at: now }).where('id', '=', id).execute();
}

export async function unmarkPageTrashed(trx: Trx, id: string, slot: number, handle: string): Promise<void> {
  await trx
    .updateTable('pages')
    .set({
      deleted_at: null,
      slot,
      handle,
      verified_at: badgeUnderHandlePart(handle),
      version: sql`version + 1`,
      updated_at: now,
    })
    .where('id', '=', id)
    .execute();
}

export async function getPreviewVersion(db: Db, id: string): Promise<number> {
  const row = await db
    .selectFrom('pages')
    .select('preview_version as version')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return row.version;
}

export async function updatePreviewVersions(
  db: Db,
  of: { pageId: string } | { workspaces: RawBuilder<string> },
): Promise<void> {
  await db
    .updateTable('pages')
    .set({ preview_version: sql`preview_version + 1` })
    .$call((query) =>
      'pageId' in of ? query.where('id', '=', of.pageId) : query.where('workspace_id', 'in', of.workspaces),
    )
    .execute();
}

/** Throws the check violation `pages_at_most_200_blocks`. */
export async function addToBlockCount(trx: Trx, id: string, count: number): Promise<void> {
  await trx
    .updateTable('pages')
    .set({ block_count: sql`block_count + ${count}` })
    .where('id', '=', id)
    .execute();
}

export async function updatePageVersionRow(trx: Trx, id: string): Promise<void> {
  await sql`update pages set version = version + 1, updated_at = now() where id = ${id}`.execute(trx);
}

/** Skips pages that another worker holds. */
export async function lockExpiredPages(trx: Trx, limit: number): Promise<string[]> {
  const rows = await trx
    .selectFrom('pages')
    .select('id')
    .where('deleted_at', '<=', trashStart)
    .orderBy('deleted_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
  return rows.map((row) => row.id);
}

export async function deletePageRows(trx: Trx, ids: string[]): Promise<void> {
  await trx.deleteFrom('pages').where('id', 'in', ids).execute();
}

/** Returns their IDs. */
export async function deletePagesOfWorkspaces(trx: Trx, workspaceIds: string[]): Promise<string[]> {
  const rows = await trx
    .deleteFrom('pages')
    .where('workspace_id', 'in', workspaceIds)
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}
