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
import { getAccount } from '../users/service.ts';
import { MAX_BLOCKS, MAX_PAGES, PREVIEW_LINK_HOURS } from './policy.ts';
import * as queries from './queries.ts';
import {
  type createPageInput,
  DEFAULT_LANGUAGE,
  DEFAULT_SEO,
  DEFAULT_THEME,
  type listPagesInput,
  type Page,
  pagePublishedTopic,
  type PreviewLink,
  type updatePageInput,
} from './schema.ts';

/** Of pages in use and of those in the trash each. */
const MAX_EXPORTED_PAGES = 1_000;

export const createPageNotFoundError = () => new AppError('NOT_FOUND', 'Page not found');

export const buildPageUrl = (ctx: AppCtx, handle: string): string => `${ctx.config.publicUrl}/@${handle}`;

const toOutput = (ctx: AppCtx, row: queries.PageRow): Page => ({
  ...row,
  url: buildPageUrl(ctx, row.handle),
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
  deletedAt: row.deletedAt?.toISOString() ?? null,
});

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

export async function listAllPages(ctx: UserCtx, userId: string): Promise<Page[]> {
  const of = { userId, after: null, limit: MAX_EXPORTED_PAGES };
  const rows = [
    ...(await queries.listPageRows(ctx.db, { ...of, deleted: false })),
    ...(await queries.listPageRows(ctx.db, { ...of, deleted: true })),
  ];
  return rows.map((row) => toOutput(ctx, row));
}

export async function requirePage(ctx: UserCtx, id: string): Promise<Page> {
  const row = await queries.findPageRow(ctx.db, id, ctx.principal.userId);
  if (!row) throw createPageNotFoundError();
  return toOutput(ctx, row);
}

export const getPage = async (ctx: UserCtx, { id }: { id: string }): Promise<Page> =>
  setVersionEtag(ctx, await requirePage(ctx, id));

/** Locks the user's row, which keeps the slot free. Throws `LIMIT_REACHED`. */
export async function takePageSlot(ctx: TrxCtx, userId: string): Promise<number> {
  if (!(await queries.lockPageOwner(ctx.db, userId))) throw createPageNotFoundError();
  const slot = await queries.findFreePageSlot(ctx.db, userId);
  if (slot === null)
    throw new AppError('LIMIT_REACHED', `You can have at most ${MAX_PAGES} pages. Delete one to make room.`);
  return slot;
}

type PartialContent = { [K in keyof queries.PageContent]?: queries.PageContent[K] | undefined };

export async function addPage(
  ctx: AppTrxCtx,
  userId: string,
  content: PartialContent & { handle: string },
): Promise<string> {
  const id = generateId();
  const slot = await takePageSlot(ctx, userId);
  const language = content.language ?? (await queries.findOwnerLanguage(ctx.db, userId));
  await queries
    .insertPagePart({ ...withDefaults({ ...content, language }), id, userId, slot })
    .execute(ctx.db);
  await handles.requireHandleClaim(ctx, { handle: content.handle, userId, pageId: id });
  await handles.invalidateCachedPages(ctx, { pageId: id });
  return id;
}

const withDefaults = ({
  handle,
  title = handle,
  bio = null,
  avatarUrl = null,
  language = DEFAULT_LANGUAGE,
  theme = DEFAULT_THEME,
  seo = DEFAULT_SEO,
}: PartialContent & { handle: string }) => ({ handle, title, bio, avatarUrl, language, theme, seo });

/** Parts of the sign-up statement, which fails if the handle is unavailable; see `isHandleTakenError`. */
export function prepareFirstPage(first: { userId: string; title: string; handle: string }) {
  const { userId, title, handle } = first;
  const id = generateId();
  return {
    page: queries.insertPagePart({ ...withDefaults({ handle, title }), id, userId, slot: 1 }),
    handle: claimHandlePart({ handle, userId, pageId: id }),
  };
}

export const isHandleTakenError = (error: unknown): boolean => isCheckViolation(error, 'handles_by_state');

async function requireVerifiedOwner(ctx: AppCtx, userId: string): Promise<void> {
  if (ctx.config.publishRequiresVerification && !(await getAccount(ctx, userId)).emailVerified)
    throw new AppError('EMAIL_NOT_VERIFIED', 'Verify your email address before you publish a page');
}

/** Publishing sends a message to `pages.published`. Throws `EMAIL_NOT_VERIFIED`. */
async function setPublished(
  ctx: AppTrxCtx,
  { id, userId, published }: { id: string; userId: string; published: boolean },
): Promise<void> {
  if (published) await requireVerifiedOwner(ctx, userId);
  await queries.updatePagePublished(ctx.db, id, published);
  if (published) await publishMessage(ctx, pagePublishedTopic, { userId });
}

/** Throws `HANDLE_TAKEN`, `VALIDATION_FAILED` (reserved), `LIMIT_REACHED` (pages, handles), `EMAIL_NOT_VERIFIED`. */
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
    const pageId = await addPage(trx, userId, content);
    if (published) await setPublished(trx, { id: pageId, userId, published });
    return pageId;
  });
  return getPage(ctx, { id });
}

export async function lockPage(ctx: TrxCtx, id: string, userId: string): Promise<queries.PageRow> {
  const page = await queries.lockPageRow(ctx.db, id, userId);
  if (!page) throw createPageNotFoundError();
  return page;
}

/** Throws `NOT_FOUND`, `PRECONDITION_FAILED`, and for a new handle or a publication the same as `createPage`. */
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
    await handles.invalidateCachedPages(trx, { pageId: id });
  });
  return getPage(ctx, { id });
}

/** The caller holds the page's lock. */
export async function replacePageContent(ctx: AppTrxCtx, id: string, content: PartialContent): Promise<void> {
  await queries.updatePageRow(ctx.db, id, pickDefined(content));
  await handles.invalidateCachedPages(ctx, { pageId: id });
}

/** The caller holds the page's lock. Throws `LIMIT_REACHED`. */
export async function adjustBlockCount(ctx: TrxCtx, id: string, change: number): Promise<void> {
  try {
    await queries.addToBlockCount(ctx.db, id, change);
  } catch (error) {
    if (!isCheckViolation(error, 'pages_at_most_200_blocks')) throw error;
    throw new AppError(
      'LIMIT_REACHED',
      `A page can have at most ${MAX_BLOCKS} blocks. Delete one to make room.`,
    );
  }
}

export async function createPreviewLink(ctx: UserCtx, { id }: { id: string }): Promise<PreviewLink> {
  const { handle } = await requirePage(ctx, id);
  await requireVerifiedOwner(ctx, ctx.principal.userId);
  const version = await queries.getPreviewVersion(ctx.db, id);
  const expiresAt = new Date(Date.now() + PREVIEW_LINK_HOURS * 3_600_000);
  const token = signExpiringToken(ctx.previewSigner, `${id}:${version}`, expiresAt);
  return { url: `${buildPageUrl(ctx, handle)}?preview=${token}`, expiresAt: expiresAt.toISOString() };
}

export async function revokePreviewLinks(ctx: UserCtx, { id }: { id: string }): Promise<void> {
  await requirePage(ctx, id);
  await queries.updatePreviewVersions(ctx.db, { pageId: id });
}

export const revokePreviewLinksOfUser = (ctx: DbCtx, userId: string): Promise<void> =>
  queries.updatePreviewVersions(ctx.db, { userId });

/** Undefined if the token is forged or expired. The version may have ended since. */
export function readPreviewToken(
  ctx: Pick<AppCtx, 'previewSigner'>,
  token: string,
): { pageId: string; version: number } | undefined {
  const [pageId, version] = (readExpiringToken(ctx.previewSigner, token) ?? '').split(':');
  return pageId && version ? { pageId, version: Number(version) } : undefined;
}

export const hasPublishedPage = (ctx: DbCtx, userId: string): Promise<boolean> =>
  queries.hasPublishedPageRow(ctx.db, userId);

/** Retires the names as `retireHandlesOfUser`. */
export async function deletePagesOfUser(
  ctx: AppTrxCtx,
  { userId, emailHmac }: { userId: string; emailHmac: Buffer | null },
): Promise<void> {
  await handles.invalidateCachedPages(ctx, { userId });
  await handles.retireHandlesOfUser(ctx, userId, emailHmac);
  await queries.deletePagesByUser(ctx.db, userId);
}
