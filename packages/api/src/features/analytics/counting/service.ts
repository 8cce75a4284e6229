import type { DbCtx } from '../../../core/context.ts';
import { listUncovered } from '../breakdowns/policy.ts';
import { addUtcDays, toUtcDayStart } from '../periods/policy.ts';
import * as queries from '../queries.ts';
import { DIMENSIONS } from '../schema.ts';
import { createPageCounter } from '../segments/counting/policy.ts';
import { readSegmentParts } from '../segments/service.ts';

const NOT_EXCLUDED = { bots: 0, owner: 0, repeats: 0, dropped: 0 };

const splitAtUtcDays = ({ pageId, from, to }: queries.PageRange): queries.PageRange[] => {
  const firstEnd = Math.min(to, addUtcDays(toUtcDayStart(from), 1));
  const lastStart = Math.max(firstEnd, toUtcDayStart(to));
  return [
    { pageId, from, to: firstEnd },
    { pageId, from: firstEnd, to: lastStart },
    { pageId, from: lastStart, to },
  ].filter((part) => part.from < part.to);
};

/** Whether a segment has a part of the UTC day in which the gap begins, so that they may share visitors. */
const isDayShared = (gap: queries.PageRange, covered: queries.PageRange[]): boolean => {
  const day = toUtcDayStart(gap.from);
  return covered.some(
    ({ pageId, from, to }) => pageId === gap.pageId && from < addUtcDays(day, 1) && to > day,
  );
};

/** Views, clicks and visitors by bucket, from segments, and from single events where there is none. */
export async function readFilteredCounts(
  ctx: DbCtx,
  pages: queries.AnalyticsPage[],
  buckets: queries.Buckets,
  filters: queries.Filters,
): Promise<queries.CountRow[]> {
  const { range, previous, starts } = buckets;
  const whole = { from: previous.from, to: range.to };
  const thresholds = [range.from, ...starts.slice(1)];
  const counters = new Map(pages.map(({ id }) => [id, createPageCounter(thresholds)]));
  const dimensions = DIMENSIONS.filter((one) => one === 'block' || filters[one]);
  const columns = ['slots', 'visitors', 'visitor', ...dimensions] as const;
  const wanted = { dimensions, columns, partialColumns: [] };
  const covered = await readSegmentParts(ctx, pages, whole, wanted, (part) =>
    counters.get(part.pageId)?.addPart(part, filters),
  );
  const gaps = listUncovered(pages, whole, covered).flatMap(splitAtUtcDays);
  const { shared = [], own = [] } = Object.groupBy(gaps, (gap) =>
    isDayShared(gap, covered) ? 'shared' : 'own',
  );
  const [ownRows, sharedRows, firsts] = await Promise.all([
    queries.readEventCounts(ctx.db, own, buckets, filters),
    queries.readEventCounts(ctx.db, shared, buckets, filters),
    queries.listFirstEvents(ctx.db, shared, range.from, filters),
  ]);
  for (const { pageId, visitor, at } of firsts) counters.get(pageId)?.addFirst(visitor, at.getTime());
  const counted = [...counters].flatMap(([pageId, counter]) =>
    counter.finish().map((counts, bucket) => ({ pageId, bucket, ...counts, ...NOT_EXCLUDED })),
  );
  return [...counted, ...ownRows, ...sharedRows.map((row) => ({ ...row, visitors: 0 }))];
}
