import type { AppCtx } from '../../../core/context.ts';
import * as queries from '../queries.ts';

/** Addresses in one part of a sitemap; the protocol allows 50,000. */
const PART_SIZE = 10_000;

/** The ids after which each further part of the sitemap begins, counting all indexable pages. */
export const listSitemapParts = (ctx: AppCtx): Promise<string[]> =>
  queries.listSitemapPartStarts(ctx.db, PART_SIZE);

/** The pages of one part of the sitemap, which begins after the id `after`; of the first, if it is not given. */
export const listSitemapPages = (
  ctx: AppCtx,
  after?: string,
): Promise<{ handle: string; updatedAt: Date }[]> =>
  queries.listIndexablePages(ctx.db, { after, limit: PART_SIZE });
