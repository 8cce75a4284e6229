import type { Range } from '../periods/policy.ts';
import type { DimensionRow, PageRange, StoredDimensions } from '../queries.ts';
import { type Breakdown, DIMENSIONS, type Dimension, MISSING_NAMES } from '../schema.ts';

export const MAX_NAMES = 100;

type Counts = Map<string, { views: number; clicks: number }>;
export type Dimensions = Record<Dimension, Counts>;

/** The parts of the range of each page that are not covered, in order. */
export function listUncovered(
  pages: { id: string; since: number | null }[],
  range: Range,
  covered: PageRange[],
): PageRange[] {
  return pages.flatMap(({ id, since }) => {
    const parts = covered.filter(({ pageId }) => pageId === id).toSorted((a, b) => a.from - b.from);
    let from = Math.max(range.from, since ?? range.from);
    const gaps: PageRange[] = [];
    for (const part of [...parts, { from: range.to, to: range.to }]) {
      if (part.from > from) gaps.push({ pageId: id, from, to: part.from });
      from = Math.max(from, part.to);
    }
    return gaps;
  });
}

const createCounts = (): Dimensions => ({
  block: new Map(),
  referrer: new Map(),
  country: new Map(),
  region: new Map(),
  device: new Map(),
  browser: new Map(),
  os: new Map(),
  language: new Map(),
  utmSource: new Map(),
  utmMedium: new Map(),
  utmCampaign: new Map(),
  via: new Map(),
});

/** Adds up breakdowns of several parts. */
export function createDimensionSums(wanted: readonly Dimension[]) {
  const sums = createCounts();
  const add = (dimension: Dimension, name: string | null, views: number, clicks: number) => {
    if (!wanted.includes(dimension)) return;
    const text = name ?? MISSING_NAMES[dimension];
    const known = sums[dimension].get(text);
    sums[dimension].set(text, { views: (known?.views ?? 0) + views, clicks: (known?.clicks ?? 0) + clicks });
  };
  return {
    sums,
    add,
    addRows: (rows: DimensionRow[]) => {
      for (const { dimension, name, views, clicks } of rows) add(dimension, name, views, clicks);
    },
    addStored: (stored: StoredDimensions) => {
      for (const dimension of DIMENSIONS)
        for (const [name, [views, clicks]] of Object.entries(stored[dimension] ?? {}))
          add(dimension, name, views, clicks);
    },
  };
}

/** The largest first, then by name. */
export const toBreakdown = (counts: Counts): Breakdown =>
  [...counts]
    .map(([name, { views, clicks }]) => ({ name, views, clicks }))
    .toSorted((a, b) => b.views + b.clicks - a.views - a.clicks || (a.name < b.name ? -1 : 1))
    .slice(0, MAX_NAMES);

const isTagged = ({ name }: { name: string }) => name !== MISSING_NAMES.utmSource;
/** Without what had no tag. */
export const toTagBreakdown = (counts: Counts): Breakdown => toBreakdown(counts).filter(isTagged);
