import type { AppCtx } from '../../../core/context.ts';
import * as queries from '../queries.ts';
import { getVisibility } from '../service.ts';

/** The sitemap protocol allows 50,000 URLs per part. */
const MAX_URLS_PER_PART = 10_000;

/** Lists the page ids after which the second and further parts of the sitemap start. */
export const listSitemapParts = (ctx: AppCtx): Promise<string[]> =>
  queries.listSitemapPartStarts(ctx.db, MAX_URLS_PER_PART, getVisibility(ctx));

/** Lists the pages of the sitemap part that starts after the page id `after`, or of the first part. */
export const listSitemapPages = (
  ctx: AppCtx,
  after?: string,
): Promise<{ handle: string; updatedAt: Date }[]> =>
  queries.listIndexablePages(ctx.db, { after, limit: MAX_URLS_PER_PART }, getVisibility(ctx));
