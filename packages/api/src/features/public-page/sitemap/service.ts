import type { AppCtx } from '../../../core/context.ts';
import * as queries from '../queries.ts';
import { getVisibility } from '../service.ts';

/** The sitemap protocol allows 50,000 URLs per part. */
const MAX_URLS_PER_PART = 10_000;

export const listSitemapParts = (ctx: AppCtx): Promise<string[]> =>
  queries.listSitemapPartStarts(ctx.db, MAX_URLS_PER_PART);

export const listSitemapPages = (
  ctx: AppCtx,
  after?: string,
): Promise<{ handle: string; updatedAt: Date }[]> =>
  queries.listIndexablePages(ctx.db, { after, size: MAX_URLS_PER_PART }, getVisibility(ctx));
