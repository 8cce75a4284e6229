import { SLOT_SECONDS } from '../../policy.ts';
import type { Range } from '../../periods/policy.ts';
import { DIMENSIONS, type Dimension, type Filter, MISSING_NAMES } from '../../schema.ts';
import {
  type Codes,
  decodeCodes,
  type NameCounts,
  type SegmentNames,
  VISITOR_BYTES,
} from '../encoding/policy.ts';

const DAY_MS = 86_400_000;
const SLOT_MS = SLOT_SECONDS * 1_000;

export type SegmentColumn = Dimension | 'slots' | 'visitors' | 'visitor';

/** A stored segment with the columns that were read, and the part of it that counts. */
export type SegmentPart = Range & {
  pageId: string;
  month: number;
  events: number;
  names: Partial<SegmentNames>;
  columns: Partial<Record<SegmentColumn, Buffer>>;
  /** Whether every event of the segment is in the range. */
  isWhole: boolean;
};

type Filters = Partial<Record<Dimension, Filter>>;

const NO_BYTES = Buffer.alloc(0);
const readColumn = ({ columns, events }: SegmentPart, column: SegmentColumn): Codes | undefined =>
  decodeCodes(columns[column] ?? NO_BYTES, events);

/** The first place whose slot is not before the time. */
function findPlace(slots: Codes, { month }: SegmentPart, time: number): number {
  const slot = Math.ceil((time - month) / SLOT_MS);
  let [low, high] = [0, slots.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((slots[middle] ?? 0) < slot) low = middle + 1;
    else high = middle;
  }
  return low;
}

function listPlaces(part: SegmentPart): Uint32Array {
  const slots = part.isWhole ? undefined : readColumn(part, 'slots');
  const first = slots ? findPlace(slots, part, part.from) : 0;
  const end = slots ? findPlace(slots, part, part.to) : part.events;
  const places = new Uint32Array(end - first);
  for (let n = 0; n < places.length; n += 1) places[n] = first + n;
  return places;
}

const isAccepted = (dimension: Dimension, { isNegated, values }: Filter, [name]: NameCounts): boolean =>
  values.includes(name ?? MISSING_NAMES[dimension]) !== isNegated;

/** The places of the events that count, in order of time. */
export function findMatchingEvents(part: SegmentPart, filters: Filters): Uint32Array {
  let places = listPlaces(part);
  for (const dimension of DIMENSIONS) {
    const filter = filters[dimension];
    if (!filter) continue;
    const accepted = Uint8Array.from(part.names[dimension] ?? [], (name) =>
      Number(isAccepted(dimension, filter, name)),
    );
    const codes = readColumn(part, dimension);
    if (!codes) {
      if (accepted[0] === 0) return new Uint32Array(0);
      continue;
    }
    let kept = 0;
    // Counted loops, because iterating over typed arrays is several times slower.
    for (let n = 0; n < places.length; n += 1) {
      const place = places[n] ?? 0;
      if (accepted[codes[place] ?? 0] === 0) continue;
      places[kept] = place;
      kept += 1;
    }
    places = places.subarray(0, kept);
  }
  return places;
}

/** 1 for each click among the events. */
function markClicks(part: SegmentPart, places: Uint32Array): Uint8Array {
  const isClick = Uint8Array.from(part.names.block ?? [], ([block]) => Number(block !== null));
  const blocks = readColumn(part, 'block');
  const clicks = new Uint8Array(places.length).fill(isClick[0] ?? 0);
  if (blocks)
    for (let n = 0; n < clicks.length; n += 1) clicks[n] = isClick[blocks[places[n] ?? 0] ?? 0] ?? 0;
  return clicks;
}

/** Counts the events by the names of each dimension. */
export function countNames(
  part: SegmentPart,
  places: Uint32Array,
  dimensions: readonly Dimension[],
): { dimension: Dimension; names: NameCounts[] }[] {
  const clicks = markClicks(part, places);
  return dimensions.map((dimension) => {
    const codes = readColumn(part, dimension);
    const known = part.names[dimension] ?? [];
    const sums = new Uint32Array(2 * known.length);
    for (let n = 0; n < places.length; n += 1) {
      const index = 2 * (codes?.[places[n] ?? 0] ?? 0) + (clicks[n] ?? 0);
      sums[index] = (sums[index] ?? 0) + 1;
    }
    const names = known.map(([name], code): NameCounts => [
      name,
      sums[2 * code] ?? 0,
      sums[2 * code + 1] ?? 0,
    ]);
    return { dimension, names: names.filter(([, views, others]) => views + others > 0) };
  });
}

export type Bucket = { views: number; clicks: number; visitors: number };

/** `thresholds` are the starts of the buckets after the first, which is the previous period. */
const findBucket = (thresholds: number[], time: number): number => {
  let [low, high] = [0, thresholds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((thresholds[middle] ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
};

const isInside = (day: number, { from, to }: Range): boolean => day >= from && day + DAY_MS <= to;
const toDay = (time: number): number => Math.floor(time / DAY_MS) * DAY_MS;

/** The first events of visitors on days that several parts may have, before and since `boundary`. */
function createOpenDays(boundary: number, onVisitor: (time: number) => void) {
  const open = new Map<number, Map<string, number>[]>();
  return {
    add: (hash: string, time: number) => {
      const day = toDay(time);
      const periods = open.get(day) ?? [new Map(), new Map()];
      open.set(day, periods);
      const period = periods[time < boundary ? 0 : 1];
      const known = period?.get(hash);
      if (known === undefined || time < known) period?.set(hash, time);
    },
    close: (isClosed: (day: number) => boolean) => {
      for (const [day, periods] of open) {
        if (!isClosed(day)) continue;
        for (const period of periods) for (const time of period.values()) onVisitor(time);
        open.delete(day);
      }
    },
  };
}

/** Counts the events of one page, part by part in order of time. A visitor counts once a UTC day and period. */
export function createPageCounter(thresholds: number[]) {
  const [boundary = 0] = thresholds;
  const buckets = Array.from({ length: thresholds.length + 1 }, (): Bucket => ({
    views: 0,
    clicks: 0,
    visitors: 0,
  }));
  const bucketAt = (time: number) => buckets[findBucket(thresholds, time)];
  const openDays = createOpenDays(boundary, (time) => {
    const bucket = bucketAt(time);
    if (bucket) bucket.visitors += 1;
  });
  let run: Range = { from: 0, to: 0 };

  const countEvents = (part: SegmentPart, places: Uint32Array) => {
    const clicks = markClicks(part, places);
    const slots = readColumn(part, 'slots');
    let slot = -1;
    let bucket: Bucket | undefined;
    for (let n = 0; n < places.length; n += 1) {
      const next = slots?.[places[n] ?? 0] ?? 0;
      if (next !== slot) bucket = bucketAt(part.month + next * SLOT_MS);
      slot = next;
      if (!bucket) continue;
      if (clicks[n] === 1) bucket.clicks += 1;
      else bucket.views += 1;
    }
  };

  const countVisitors = (part: SegmentPart, places: Uint32Array) => {
    const visitors = readColumn(part, 'visitor');
    const slots = readColumn(part, 'slots');
    const { visitors: hashes = NO_BYTES } = part.columns;
    if (!visitors) return;
    const seen = [0, 1].map(() => new Uint8Array(hashes.length / VISITOR_BYTES + 1));
    let slot = -1;
    let time = 0;
    let period: Uint8Array | undefined;
    let bucket: Bucket | undefined;
    for (let n = 0; n < places.length; n += 1) {
      const place = places[n] ?? 0;
      const next = slots?.[place] ?? 0;
      if (next !== slot) {
        slot = next;
        time = part.month + slot * SLOT_MS;
        period = seen[time < boundary ? 0 : 1];
        bucket = isInside(toDay(time), part) ? bucketAt(time) : undefined;
      }
      const visitor = visitors[place] ?? 0;
      if (visitor === 0 || !period || period[visitor] === 1) continue;
      period[visitor] = 1;
      if (bucket) bucket.visitors += 1;
      else
        openDays.add(hashes.toString('latin1', (visitor - 1) * VISITOR_BYTES, visitor * VISITOR_BYTES), time);
    }
  };

  return {
    addPart: (part: SegmentPart, filters: Filters) => {
      const places = findMatchingEvents(part, filters);
      countEvents(part, places);
      countVisitors(part, places);
      run = { from: part.from === run.to ? run.from : part.from, to: part.to };
      openDays.close((day) => isInside(day, run));
    },
    /** The first event of a visitor, whose hash is hexadecimal, on a day that is not in the parts alone. */
    addFirst: (hash: string, time: number) => openDays.add(Buffer.from(hash, 'hex').toString('latin1'), time),
    finish: (): Bucket[] => {
      openDays.close(() => true);
      return buckets;
    },
  };
}
