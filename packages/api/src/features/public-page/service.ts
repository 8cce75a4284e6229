import type { AppCtx } from '../../core/context.ts';
import { AppError } from '../../core/errors.ts';
import { isHandleAvailable } from '../pages/handles/service.ts';
import { pageHandle } from '../pages/schema.ts';
import { buildPageUrl, readPreviewToken } from '../pages/service.ts';
import { allowedWorkspacesSubquery } from '../workspaces/service.ts';
import { checkStoredUrl, type CreateHref, createDirectHref, listPublicBlocks } from './blocks/service.ts';
import { getDirection } from './locales/index.ts';
import * as queries from './queries.ts';
import type { PublicPage } from './schema.ts';

/** Pages of unverified owners are shown only if they can be published. */
export const getVisibility = ({ config }: Pick<AppCtx, 'config'>): queries.Visibility => ({
  verifiedOnly: config.publishRequiresVerification,
});

/** Without a page: whether anyone could take the handle, `undefined` if nobody asked yet. */
type CachedPage = { page: PublicPage | undefined; isFree?: boolean };

/** Entries expire within 900 ms, so that schedules take effect within a second. */
export async function findPublicPage(ctx: AppCtx, handle: string): Promise<PublicPage | undefined> {
  const key = handle.toLowerCase();
  const { page } = await ctx.cache<CachedPage>('public-pages').get(key, async () => {
    // A string that cannot be a handle costs no query.
    const row = pageHandle.safeParse(key).success
      ? await queries.findPublishedPage(ctx.db, key, getVisibility(ctx))
      : undefined;
    return { page: row && (await toPublicPage(ctx, row, createRedirectHref(ctx))) };
  });
  return page;
}

export async function isHandleFree(ctx: AppCtx, handle: string): Promise<boolean> {
  const entry = ctx.cache<CachedPage>('public-pages').peek(handle.toLowerCase());
  if (entry?.isFree !== undefined) return entry.isFree;
  const isFree = await isHandleAvailable(ctx, handle);
  if (entry) entry.isFree = isFree;
  return isFree;
}

export const peekPublicPage = (ctx: AppCtx, handle: string): PublicPage | undefined =>
  ctx.cache<CachedPage>('public-pages').peek(handle.toLowerCase())?.page;

export async function getPublicPage(ctx: AppCtx, { handle }: { handle: string }): Promise<PublicPage> {
  const page = await findPublicPage(ctx, handle);
  if (!page) throw new AppError('NOT_FOUND', 'Page not found');
  return page;
}

/** Undefined if the token is forged, expired or revoked, or its maker may no longer change the page. */
export async function previewPage(ctx: AppCtx, token: string): Promise<PublicPage | undefined> {
  const preview = readPreviewToken(ctx, token);
  if (!preview) return undefined;
  const { userId, ...of } = preview;
  const workspaces = allowedWorkspacesSubquery({ userId }, 'pages:write');
  const row = await queries.findPageForPreview(ctx.db, { ...of, workspaces });
  // `/go` only knows the blocks of published pages, so links lead straight to their targets.
  return row && toPublicPage(ctx, row, createDirectHref);
}

const createRedirectHref =
  ({ config }: AppCtx): CreateHref =>
  (id, _url, index) =>
    `${config.publicUrl}/go/${id}${index === undefined ? '' : `?to=${index}`}`;

const toPublicPage = async (
  ctx: AppCtx,
  row: queries.PublicPageRow,
  createHref: CreateHref,
): Promise<PublicPage> => ({
  ...row,
  direction: getDirection(row.language),
  url: buildPageUrl(ctx, row.handle),
  avatarUrl: checkStoredUrl('image', row.avatarUrl),
  blocks: await listPublicBlocks(ctx, row.blocks, createHref),
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
});
