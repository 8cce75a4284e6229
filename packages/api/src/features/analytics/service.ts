import type { AppCtx, MemberCtx } from '../../core/context.ts';
import { createValidationError } from '../../core/errors.ts';
import { listAnalyticsPagesOf, requireAnalyticsPage } from './access/service.ts';
import { toBreakdown, toTagBreakdown } from './breakdowns/policy.ts';
import { readBreakdowns } from './breakdowns/service.ts';
import { readFilteredCounts } from './counting/service.ts';
import { parseFilters } from './filters/policy.ts';
import {
  findPrevious,
  isWithinUtcDay,
  listBucketStarts,
  openTimeZone,
  type Range,
  resolvePeriod,
} from './periods/policy.ts';
import * as queries from './queries.ts';
import { type Analytics, type AnalyticsInput, type Dimension, type WorkspaceAnalytics } from './schema.ts';

export {
  findMoment,
  findPrevious,
  listBucketStarts,
  openTimeZone,
  type Range,
  resolvePeriod,
} from './periods/policy.ts';

export type Query = {
  range: Range;
  previous: Range;
  starts: number[];
  filters: queries.Filters;
  groupBy: Dimension | undefined;
};

/** Throws `VALIDATION_FAILED`. */
export function resolveQuery(input: AnalyticsInput): Query {
  const zone = openTimeZone(input.timezone);
  const range = resolvePeriod(zone, input, Date.now());
  if ('path' in range) throw createValidationError({ ...range, code: 'invalid_range' });
  return {
    range,
    previous: findPrevious(range),
    starts: listBucketStarts(zone, range, input.interval),
    filters: parseFilters(input),
    groupBy: input.groupBy,
  };
}

const hasFilters = ({ filters }: Query): boolean => Object.keys(filters).length > 0;

async function listClickedBlocks(
  ctx: AppCtx,
  counts: Map<string, { clicks: number }>,
): Promise<Analytics['blocks']> {
  const blocks = toBreakdown(new Map([...counts].map(([id, { clicks }]) => [id, { views: 0, clicks }])));
  const clicked = blocks.filter(({ clicks, name }) => clicks > 0 && name !== 'none');
  const titles = await queries.readBlockTitles(
    ctx.db,
    clicked.map(({ name }) => name),
  );
  return clicked.map(({ name, clicks }) => ({ id: name, title: titles.get(name) ?? null, clicks }));
}

const toCtr = ({ views, clicks }: { views: number; clicks: number }) => (views === 0 ? 0 : clicks / views);

const sumCounts = (rows: queries.CountRow[]) => {
  const sum = { views: 0, clicks: 0, visitors: 0, bots: 0, owner: 0, repeats: 0, dropped: 0 };
  for (const row of rows) {
    sum.views += row.views;
    sum.clicks += row.clicks;
    sum.visitors += row.visitors;
    sum.bots += row.bots;
    sum.owner += row.owner;
    sum.repeats += row.repeats;
    sum.dropped += row.dropped;
  }
  return sum;
};

function toSeries(rows: queries.CountRow[], starts: number[]): Analytics['series'] {
  const series = starts.map((start) => ({
    start: new Date(start).toISOString(),
    views: 0,
    clicks: 0,
    visitors: 0,
  }));
  for (const { bucket, views, clicks, visitors } of rows) {
    const item = series[bucket - 1];
    if (!item) continue;
    item.views += views;
    item.clicks += clicks;
    item.visitors += visitors;
  }
  return series;
}

function toTotals(rows: queries.CountRow[], visitorsUnique: number | null): Analytics['totals'] {
  const { views, clicks, visitors, dropped, bots, owner, repeats } = sumCounts(rows);
  return {
    views,
    clicks,
    visitors,
    visitorsDaily: visitors,
    visitorsUnique,
    ctr: toCtr({ views, clicks }),
    excluded: { bots, owner, repeats },
    dropped,
    sampled: dropped > 0,
  };
}

function toPrevious(rows: queries.CountRow[]): Analytics['previous'] {
  const { views, clicks, visitors } = sumCounts(rows);
  return { views, clicks, visitors, ctr: toCtr({ views, clicks }) };
}

const findLatest = (times: (number | null)[]): string | null => {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : new Date(Math.max(...known)).toISOString();
};

/** Filters need the events; excluded ones stay those of the whole range. */
export async function readQueryCounts(
  ctx: AppCtx,
  pages: queries.AnalyticsPage[],
  query: Query,
): Promise<queries.CountRow[]> {
  const stored = await queries.readCounts(ctx.db, pages, query);
  if (!hasFilters(query)) return stored;
  const unfiltered = stored.map((row) => ({ ...row, views: 0, clicks: 0, visitors: 0 }));
  return [...unfiltered, ...(await readFilteredCounts(ctx, pages, query, query.filters))];
}

/** Null beyond one UTC day, as nobody is recognised on the next, and for several pages. */
async function readUniqueVisitors(
  ctx: AppCtx,
  pages: queries.AnalyticsPage[],
  query: Query,
): Promise<number | null> {
  const { range, filters } = query;
  if (pages.length !== 1 || !isWithinUtcDay(range)) return null;
  const only = { range, previous: { from: range.from, to: range.from }, starts: [range.from] };
  return sumCounts(await readFilteredCounts(ctx, pages, only, filters)).visitors;
}

type PageCounts = { pageId: string; views: number; clicks: number };
type AnalyticsOfPages = { analytics: Analytics; pages: PageCounts[] };

async function readAnalytics(
  ctx: AppCtx,
  pages: queries.AnalyticsPage[],
  query: Query,
): Promise<AnalyticsOfPages> {
  await ctx.recorder.settle();
  const rows = await readQueryCounts(ctx, pages, query);
  const [dimensions, unique, detailsStart] = await Promise.all([
    readBreakdowns(ctx, pages, query),
    readUniqueVisitors(ctx, pages, query),
    queries.findDetailsStart(ctx.db, pages),
  ]);
  const current = rows.filter(({ bucket }) => bucket > 0);
  const analytics = {
    totals: toTotals(current, unique),
    previous: toPrevious(rows.filter(({ bucket }) => bucket === 0)),
    series: toSeries(current, query.starts),
    blocks: await listClickedBlocks(ctx, dimensions.block),
    referrers: toBreakdown(dimensions.referrer),
    countries: toBreakdown(dimensions.country),
    regions: toBreakdown(dimensions.region),
    devices: toBreakdown(dimensions.device),
    browsers: toBreakdown(dimensions.browser),
    os: toBreakdown(dimensions.os),
    languages: toBreakdown(dimensions.language),
    utm: {
      sources: toTagBreakdown(dimensions.utmSource),
      mediums: toTagBreakdown(dimensions.utmMedium),
      campaigns: toTagBreakdown(dimensions.utmCampaign),
    },
    via: toBreakdown(dimensions.via),
    since: findLatest(pages.map(({ since }) => (since !== null && since > query.range.from ? since : null))),
    detailsSince: detailsStart?.toISOString() ?? null,
  };
  const countsByPage = Map.groupBy(current, ({ pageId }) => pageId);
  return {
    analytics,
    pages: pages.map(({ id }) => ({ pageId: id, ...sumCounts(countsByPage.get(id) ?? []) })),
  };
}

/** Answers of hot pages come from the cache, at most a second old. A reset shows at once. */
async function readCachedAnalytics(
  ctx: AppCtx,
  ids: string[],
  input: AnalyticsInput,
): Promise<AnalyticsOfPages> {
  const query = resolveQuery(input);
  const pages = ids.length === 0 ? [] : await queries.findAnalyticsPages(ctx.db, ids);
  const { cache } = ctx;
  return cache<AnalyticsOfPages>('analytics').get(JSON.stringify([pages, input]), () =>
    readAnalytics(ctx, pages, query),
  );
}

/** The caller has checked that the page may be read. */
export const readPageAnalytics = async (
  ctx: AppCtx,
  pageId: string,
  input: AnalyticsInput,
): Promise<Analytics> => (await readCachedAnalytics(ctx, [pageId], input)).analytics;

export async function getPageAnalytics(
  ctx: MemberCtx,
  { id, ...input }: AnalyticsInput & { id: string },
): Promise<Analytics> {
  await requireAnalyticsPage(ctx, id);
  return readPageAnalytics(ctx, id, input);
}

export async function getWorkspaceAnalytics(
  ctx: MemberCtx,
  { id, ...input }: AnalyticsInput & { id: string },
): Promise<WorkspaceAnalytics> {
  const pages = await listAnalyticsPagesOf(ctx, id);
  const read = await readCachedAnalytics(
    ctx,
    pages.map((page) => page.id),
    input,
  );
  const counts = new Map(read.pages.map((page) => [page.pageId, page]));
  return {
    ...read.analytics,
    pages: pages.map((page) => {
      const { views = 0, clicks = 0 } = counts.get(page.id) ?? {};
      return { ...page, views, clicks };
    }),
  };
}

/** Deletes nothing. */
export async function resetPageAnalytics(ctx: MemberCtx, { id }: { id: string }): Promise<void> {
  await requireAnalyticsPage(ctx, id);
  await queries.updateAnalyticsSettings(ctx.db, id, { resetAt: new Date() });
}
