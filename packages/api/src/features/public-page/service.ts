import type { AppCtx } from '../../core/context.ts';
import { AppError } from '../../core/errors.ts';
import { pageHandle } from '../pages/schema.ts';
import { buildPageUrl, readPreviewToken } from '../pages/service.ts';
import { checkStoredUrl, type HrefOf, toPublicBlock } from './blocks/service.ts';
import * as queries from './queries.ts';
import type { PublicPage } from './schema.ts';

type Cached = { page: PublicPage | undefined };

/**
 * The published page that a handle leads to, in any case and also a handle from before; undefined where there
 * is none. At most 900 ms old, so that what falls due is seen within the second; the same object meanwhile.
 */
export async function findPublicPage(ctx: AppCtx, handle: string): Promise<PublicPage | undefined> {
  const key = handle.toLowerCase();
  const { page } = await ctx.cache<Cached>('public-pages').get(key, async () => {
    // What nobody can have for a handle is not looked up.
    const row = pageHandle.safeParse(key).success ? await queries.findPublishedPage(ctx.db, key) : undefined;
    return { page: row && toPage(ctx, row, throughRedirect(ctx)) };
  });
  return page;
}

/** The page that `find` would give, if this process need not ask anybody. */
export const peekPublicPage = (ctx: AppCtx, handle: string): PublicPage | undefined =>
  ctx.cache<Cached>('public-pages').peek(handle.toLowerCase())?.page;

/** The published page of a handle; for clients. Throws `NOT_FOUND`. */
export async function getPublicPage(ctx: AppCtx, { handle }: { handle: string }): Promise<PublicPage> {
  const page = await findPublicPage(ctx, handle);
  if (!page) throw new AppError('NOT_FOUND', 'There is no such page');
  return page;
}

/** A page as it will be once it is published, for who has its link; undefined if the token is not good any more. */
export async function previewPage(ctx: AppCtx, token: string): Promise<PublicPage | undefined> {
  const pageId = readPreviewToken(ctx, token);
  const row = pageId === undefined ? undefined : await queries.findPageForPreview(ctx.db, pageId);
  // Links lead straight on: the redirect knows the blocks of published pages only.
  return row && toPage(ctx, row, (_id, url) => url);
}

const throughRedirect =
  ({ config }: AppCtx): HrefOf =>
  (id, _url, place) =>
    `${config.publicUrl}/go/${id}${place === undefined ? '' : `?to=${place}`}`;

const toPage = (ctx: AppCtx, row: queries.PublicPageRow, hrefOf: HrefOf): PublicPage => ({
  ...row,
  url: buildPageUrl(ctx, row.handle),
  avatarUrl: checkStoredUrl('image', row.avatarUrl),
  blocks: row.blocks.flatMap((block) => toPublicBlock(block, hrefOf) ?? []),
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
});
