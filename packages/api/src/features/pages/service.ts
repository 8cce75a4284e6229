import { isCheckViolation, type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, AppTrxCtx, DbCtx, TrxCtx, UserCtx } from '../../core/context.ts';
import { AppError } from '../../core/errors.ts';
import { readExpiringToken, signExpiringToken } from '../../core/crypto/expiring-token.ts';
import { pickDefined } from '../../core/objects.ts';
import { generateId } from '../../core/crypto/ids.ts';
import { paginate } from '../../core/http/pagination.ts';
import { requireVersion, setVersionEtag } from '../../core/http/etags.ts';
import { claimHandlePart } from './handles/queries.ts';
import * as handles from './handles/service.ts';
import { publishMessage } from '../outbox/service.ts';
import * as queries from './queries.ts';
import {
  type createPageInput,
  DEFAULT_SEO,
  DEFAULT_THEME,
  type listPagesInput,
  type Page,
  pagePublishedTopic,
  type PreviewLink,
  type Seo,
  type Theme,
  type updatePageInput,
} from './schema.ts';

/** Most pages a user may have at a time; the table has as many slots. */
const MAX_PAGES = 20;
/** Most blocks of a page, as the table says. */
const MAX_BLOCKS = 200;

/** Seconds that a link to a page that is not published is good for. */
const PREVIEW_SECONDS = 86_400;

/** The refusal of a page that is not there, or someone else’s. */
export const createPageNotFoundError = () => new AppError('NOT_FOUND', 'There is no such page');

/** The address at which the public finds a page. */
export const buildPageUrl = (ctx: AppCtx, handle: string): string => `${ctx.config.publicUrl}/@${handle}`;

const toOutput = (ctx: AppCtx, row: queries.PageRow): Page => ({
  ...row,
  theme: row.theme as Theme,
  seo: row.seo as Seo,
  url: buildPageUrl(ctx, row.handle),
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
  deletedAt: row.deletedAt?.toISOString() ?? null,
});

/** The user's pages, oldest first, or those in the trash. */
export async function listPages(
  ctx: UserCtx,
  input: z.infer<typeof listPagesInput>,
): Promise<Paginated<Page>> {
  const { deleted } = input;
  const { userId } = ctx.principal;
  return paginate(
    input,
    (after, limit) => queries.listPageRows(ctx.db, { userId, deleted, after, limit }),
    (row) => toOutput(ctx, row),
  );
}

/** All pages of a user, those in the trash included. */
export async function listAllPages(ctx: UserCtx, userId: string): Promise<Page[]> {
  const of = { userId, after: null, limit: 1_000 };
  const rows = [
    ...(await queries.listPageRows(ctx.db, { ...of, deleted: false })),
    ...(await queries.listPageRows(ctx.db, { ...of, deleted: true })),
  ];
  return rows.map((row) => toOutput(ctx, row));
}

/** One of the user's pages. Throws `NOT_FOUND`. */
export async function requirePage(ctx: UserCtx, id: string): Promise<Page> {
  const row = await queries.findPageRow(ctx.db, id, ctx.principal.userId);
  if (!row) throw createPageNotFoundError();
  return toOutput(ctx, row);
}

/** As `requirePage`, with the version as ETag. */
export const getPage = async (ctx: UserCtx, { id }: { id: string }): Promise<Page> =>
  setVersionEtag(ctx, await requirePage(ctx, id));

/** A slot for one more page. The user's row is held from here on. Throws `LIMIT_REACHED`. */
export async function takePageSlot(ctx: TrxCtx, userId: string): Promise<number> {
  if (!(await queries.lockPageOwner(ctx.db, userId))) throw createPageNotFoundError();
  const slot = await queries.findFreePageSlot(ctx.db, userId);
  if (slot === null) throw new AppError('LIMIT_REACHED', `You can have at most ${MAX_PAGES} pages`);
  return slot;
}

/** Content of which a part may be left out. */
type GivenContent = { [K in keyof queries.PageContent]?: queries.PageContent[K] | undefined };

/** Makes a draft with the content that is given; its id. Throws as `create`. */
export async function addPage(
  ctx: AppTrxCtx,
  userId: string,
  content: GivenContent & { handle: string },
): Promise<string> {
  const id = generateId();
  const slot = await takePageSlot(ctx, userId);
  await queries.insertPagePart({ ...newPage(content), id, userId, slot }).execute(ctx.db);
  await handles.requireHandleClaim(ctx, { handle: content.handle, userId, pageId: id });
  await handles.forgetCachedPages(ctx, { pageId: id });
  return id;
}

const newPage = ({
  handle,
  title = handle,
  bio = null,
  avatarUrl = null,
  theme = DEFAULT_THEME,
  seo = DEFAULT_SEO,
}: GivenContent & { handle: string }) => ({ handle, title, bio, avatarUrl, theme, seo });

/**
 * Returns a new user's first page, a draft, and its handle as parts of the sign-up statement, which fails if the
 * handle is not free, see `isHandleTakenError`.
 */
export function prepareFirstPage(first: { userId: string; title: string; handle: string }) {
  const { userId, title, handle } = first;
  const id = generateId();
  return {
    page: queries.insertPagePart({ ...newPage({ handle, title }), id, userId, slot: 1 }),
    handle: claimHandlePart({ handle, userId, pageId: id }),
  };
}

/** Whether a sign-up failed because the handle of its first page belongs to someone or is kept. */
export const isHandleTakenError = (error: unknown): boolean => isCheckViolation(error, 'handles_by_state');

/** Publishes a page or takes it back, and leaves word of a draft that becomes public. */
async function setPublished(
  ctx: TrxCtx,
  { id, userId, published }: { id: string; userId: string; published: boolean },
): Promise<void> {
  await queries.updatePagePublished(ctx.db, id, published);
  if (published) await publishMessage(ctx, pagePublishedTopic, { userId });
}

/**
 * Makes a page. Throws `HANDLE_TAKEN`, `VALIDATION_FAILED` for a reserved handle, and `LIMIT_REACHED` beyond 20
 * pages or where too many handles are kept in the user's name.
 */
export async function createPage(ctx: UserCtx, input: z.infer<typeof createPageInput>): Promise<Page> {
  const { userId } = ctx.principal;
  const { published = false, theme, seo, ...members } = input;
  const content = {
    ...pickDefined(members),
    handle: members.handle,
    theme: { ...DEFAULT_THEME, ...pickDefined(theme ?? {}) },
    seo: { ...DEFAULT_SEO, ...pickDefined(seo ?? {}) },
  };
  const id = await withTransaction(ctx, async (trx) => {
    const id = await addPage(trx, userId, content);
    if (published) await setPublished(trx, { id, userId, published });
    return id;
  });
  return getPage(ctx, { id });
}

/** Holds one of the user's pages until the transaction ends. Throws `NOT_FOUND`. */
export async function lockPage(ctx: TrxCtx, id: string, userId: string): Promise<queries.PageRow> {
  const page = await queries.lockPageRow(ctx.db, id, userId);
  if (!page) throw createPageNotFoundError();
  return page;
}

/**
 * Changes the members that are given. Throws `NOT_FOUND`, `PRECONDITION_FAILED` where the page is not the version
 * that was meant, and for a handle what `create` throws.
 */
export async function updatePage(ctx: UserCtx, input: z.infer<typeof updatePageInput>): Promise<Page> {
  const { userId } = ctx.principal;
  const { id, version, published, ...change } = input;
  await withTransaction(ctx, async (trx) => {
    if (change.handle !== undefined) await queries.lockPageOwner(trx.db, userId);
    const before = await lockPage(trx, id, userId);
    requireVersion(ctx, before.version, version);
    await queries.updatePageRow(trx.db, id, pickDefined(change));
    if (change.handle !== undefined) {
      await handles.renameHandle(trx, before.handle, { handle: change.handle, userId, pageId: id });
    }
    if (published !== undefined && published !== before.published) {
      await setPublished(trx, { id, userId, published });
    }
    await handles.forgetCachedPages(trx, { pageId: id });
  });
  return getPage(ctx, { id });
}

/** Replaces what a page shows, but neither its handle nor whether it is published. The caller holds it. */
export async function replacePageContent(ctx: AppTrxCtx, id: string, content: GivenContent): Promise<void> {
  await queries.updatePageRow(ctx.db, id, pickDefined(content));
  await handles.forgetCachedPages(ctx, { pageId: id });
}

/** Adds to the number of a page's blocks, which the caller holds. Throws `LIMIT_REACHED` beyond 200. */
export async function adjustBlockCount(ctx: TrxCtx, id: string, more: number): Promise<void> {
  try {
    await queries.addToBlockCount(ctx.db, id, more);
  } catch (error) {
    if (!isCheckViolation(error, 'pages_at_most_200_blocks')) throw error;
    throw new AppError('LIMIT_REACHED', `A page can have at most ${MAX_BLOCKS} blocks`);
  }
}

/** A link that shows a page to whoever has it, published or not, for a day. Throws `NOT_FOUND`. */
export async function createPreviewLink(ctx: UserCtx, { id }: { id: string }): Promise<PreviewLink> {
  const { handle } = await requirePage(ctx, id);
  const expiresAt = new Date(Date.now() + PREVIEW_SECONDS * 1_000);
  const token = signExpiringToken(ctx.previewSigner, id, expiresAt);
  return { url: `${buildPageUrl(ctx, handle)}?preview=${token}`, expiresAt: expiresAt.toISOString() };
}

/** The id of the page that a preview link's token shows; undefined where it is not ours or too old. */
export const readPreviewToken = (ctx: Pick<AppCtx, 'previewSigner'>, token: string): string | undefined =>
  readExpiringToken(ctx.previewSigner, token) ?? undefined;

/** Whether a user has a page that is public. */
export const hasPublishedPage = (ctx: DbCtx, userId: string): Promise<boolean> =>
  queries.existsPublishedPage(ctx.db, userId);

/** Has every instance read a user's pages anew, after the commit; for who is suspended or restored. */
export const forgetCachedPagesOf = (ctx: AppCtx, userId: string): Promise<void> =>
  handles.forgetCachedPages(ctx, { userId });

/** Deletes the pages of someone who leaves, for good; their handles are kept from others for 90 days. */
export async function deletePagesOfUser(
  ctx: AppTrxCtx,
  owner: { userId: string; emailCanonical: string },
): Promise<void> {
  const { userId } = owner;
  await forgetCachedPagesOf(ctx, userId);
  await handles.holdHandlesOfUser(ctx, userId, ctx.emailHash(owner.emailCanonical));
  await queries.deletePagesByUser(ctx.db, userId);
}
