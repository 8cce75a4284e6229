import type { DbCtx } from '../../../core/context.ts';
import type { Range } from '../periods/policy.ts';
import {
  type AnalyticsPage,
  type Filters,
  type PageRange,
  readDimensions,
  readStoredMonths,
} from '../queries.ts';
import { DIMENSIONS, type Dimension } from '../schema.ts';
import { countNames, findMatchingEvents } from '../segments/counting/policy.ts';
import { readSegmentParts } from '../segments/service.ts';
import { createDimensionSums, type Dimensions, listUncovered } from './policy.ts';

type BreakdownQuery = { range: Range; filters: Filters; groupBy: Dimension | undefined };
type Sums = ReturnType<typeof createDimensionSums>;

/** From months whose events are gone, then from segments, and from single events where there is neither. */
export async function readBreakdowns(
  ctx: DbCtx,
  pages: AnalyticsPage[],
  query: BreakdownQuery,
): Promise<Dimensions> {
  const { range, filters, groupBy } = query;
  const wanted = groupBy ? [groupBy] : DIMENSIONS;
  const sums = createDimensionSums(wanted);
  const months = Object.keys(filters).length > 0 ? [] : await addMonths(ctx, pages, range, sums);
  const segments = await addSegments(ctx, pages, query, wanted, sums);
  const gaps = listUncovered(pages, range, [...months, ...segments]);
  sums.addRows(await readDimensions(ctx.db, gaps, filters, wanted));
  return sums.sums;
}

async function addMonths(
  { db }: DbCtx,
  pages: AnalyticsPage[],
  range: Range,
  sums: Sums,
): Promise<PageRange[]> {
  const months = await readStoredMonths(db, pages, range);
  for (const { dimensions } of months) sums.addStored(dimensions);
  return months.map(({ pageId, from, to }) => ({ pageId, from: from.getTime(), to: to.getTime() }));
}

function addSegments(
  ctx: DbCtx,
  pages: AnalyticsPage[],
  { range, filters }: BreakdownQuery,
  wanted: readonly Dimension[],
  sums: Sums,
): Promise<PageRange[]> {
  const isFiltered = Object.keys(filters).length > 0;
  const dimensions = DIMENSIONS.filter((one) => one === 'block' || wanted.includes(one) || filters[one]);
  const columns = isFiltered
    ? { dimensions, columns: dimensions, partialColumns: ['slots'] as const }
    : { dimensions, columns: [], partialColumns: ['slots', ...dimensions] as const };
  return readSegmentParts(ctx, pages, range, columns, (part) => {
    const counted =
      part.isWhole && !isFiltered
        ? wanted.map((dimension) => ({ dimension, names: part.names[dimension] ?? [] }))
        : countNames(part, findMatchingEvents(part, filters), wanted);
    for (const { dimension, names } of counted)
      for (const [name, views, clicks] of names) sums.add(dimension, name, views, clicks);
  });
}
