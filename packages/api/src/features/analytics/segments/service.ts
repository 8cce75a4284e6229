import type { DbCtx } from '../../../core/context.ts';
import { createPacer } from '../../../core/pacing.ts';
import { type Range, toSlotEnd } from '../periods/policy.ts';
import type { SegmentPart } from './counting/policy.ts';
import * as queries from './queries.ts';

const SEGMENTS_PER_READ = 16;
export const FIRST_SEGMENT: queries.SegmentCursor = {
  pageId: '00000000-0000-0000-0000-000000000000',
  from: new Date(0),
};

/** The part of a page's time that a segment answers for. */
export type CoveredRange = Range & { pageId: string };

const toPart = (
  { pageId, from, to, month, events, names, ...columns }: queries.StoredSegment,
  range: Range,
): SegmentPart => {
  const part = { from: Math.max(from.getTime(), range.from), to: Math.min(to.getTime(), range.to) };
  const bytes = Object.entries(columns).flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
  return {
    ...part,
    pageId,
    month: month.getTime(),
    events,
    names,
    columns: Object.fromEntries(bytes),
    isWhole: part.from === from.getTime() && part.to === to.getTime(),
  };
};

/** Calls `onPart` in order of pages and time, and returns what the parts cover. */
export async function readSegmentParts(
  { db }: DbCtx,
  pages: { id: string; since: number | null }[],
  range: Range,
  wanted: queries.SegmentsWanted,
  onPart: (part: SegmentPart) => void,
): Promise<CoveredRange[]> {
  // A reset counts from its very moment, a segment by the quarter of an hour.
  const starts = pages.map(({ id, since }) => ({ id, from: Math.max(range.from, toSlotEnd(since ?? 0)) }));
  const startOf = new Map(starts.map(({ id, from }) => [id, from]));
  const covered: CoveredRange[] = [];
  const pause = createPacer();
  for (let after = FIRST_SEGMENT; ;) {
    const stored = await queries.listSegments(db, starts, range.to, wanted, after, SEGMENTS_PER_READ);
    for (const segment of stored) {
      const { pageId, from } = segment;
      const last = covered.at(-1);
      // Segments may have been replaced since the previous read.
      if (last?.pageId === pageId && from.getTime() < last.to) continue;
      const part = toPart(segment, { from: startOf.get(pageId) ?? range.from, to: range.to });
      covered.push({ pageId, from: part.from, to: part.to });
      onPart(part);
      await pause();
    }
    const next = stored.at(-1);
    if (!next || stored.length < SEGMENTS_PER_READ) return covered;
    after = next;
  }
}
