import { DIMENSIONS, type Dimension } from '../../schema.ts';

/** A counted event. `slot` is the number of its quarter of an hour since the month began. */
export type SegmentEvent = Record<Dimension, string | null> & {
  slot: number;
  /** 16 hexadecimal digits. */
  visitor: string | null;
};

/** A name with its numbers of views and of clicks; null where events lack the dimension. */
export type NameCounts = [name: string | null, views: number, clicks: number];
export type SegmentNames = Record<Dimension, NameCounts[]>;

/** Codes of none, one, two or four bytes. Of none if all are 0. */
export type EncodedSegment = Record<Dimension, Buffer> & {
  events: number;
  names: SegmentNames;
  slots: Buffer;
  visitors: Buffer;
  visitor: Buffer;
};

export type Codes = Uint8Array | Uint16Array | Uint32Array;

const SLOTS_PER_DAY = 96;
export const VISITOR_BYTES = 8;

function encodeCodes(codes: readonly number[]): Buffer {
  const largest = codes.reduce((max, code) => Math.max(max, code), 0);
  if (largest === 0) return Buffer.alloc(0);
  if (largest < 2 ** 8) return Buffer.from(Uint8Array.from(codes));
  const { buffer } = largest < 2 ** 16 ? Uint16Array.from(codes) : Uint32Array.from(codes);
  return Buffer.from(buffer);
}

/** Undefined if all codes are 0. */
export function decodeCodes(bytes: Buffer, events: number): Codes | undefined {
  if (bytes.length === 0) return undefined;
  if (bytes.length === events) return bytes;
  // Typed arrays of wider numbers begin at multiples of their width.
  const copy = Uint8Array.from(bytes);
  return bytes.length === 2 * events ? new Uint16Array(copy.buffer) : new Uint32Array(copy.buffer);
}

/** Numbers texts in the order of their first appearance. */
function createNumbering() {
  const numbers = new Map<string | null, number>();
  return {
    numbers,
    find: (text: string | null): number => {
      const known = numbers.get(text);
      if (known !== undefined) return known;
      numbers.set(text, numbers.size);
      return numbers.size - 1;
    },
  };
}

function createColumn() {
  const { find } = createNumbering();
  const names: NameCounts[] = [];
  const codes: number[] = [];
  return {
    add: (name: string | null, isClick: boolean) => {
      const code = find(name);
      codes.push(code);
      const counts = (names[code] ??= [name, 0, 0]);
      counts[isClick ? 2 : 1] += 1;
    },
    names: () => names,
    encode: () => encodeCodes(codes),
  };
}

const mapDimensions = <T>(map: (dimension: Dimension) => T): Record<Dimension, T> => ({
  block: map('block'),
  referrer: map('referrer'),
  country: map('country'),
  region: map('region'),
  device: map('device'),
  browser: map('browser'),
  os: map('os'),
  language: map('language'),
  utmSource: map('utmSource'),
  utmMedium: map('utmMedium'),
  utmCampaign: map('utmCampaign'),
  via: map('via'),
});

/** Takes the events in order of time. */
export function createSegmentBuilder() {
  const slots: number[] = [];
  const visitors: number[] = [];
  const visitorNumbers = createNumbering();
  const columns = mapDimensions(createColumn);
  return {
    size: () => slots.length,
    add: (event: SegmentEvent) => {
      slots.push(event.slot);
      const day = Math.floor(event.slot / SLOTS_PER_DAY);
      visitors.push(event.visitor === null ? 0 : visitorNumbers.find(`${event.visitor}${day}`) + 1);
      for (const dimension of DIMENSIONS) columns[dimension].add(event[dimension], event.block !== null);
    },
    build: (): EncodedSegment => ({
      events: slots.length,
      names: mapDimensions((dimension) => columns[dimension].names()),
      slots: Buffer.from(Uint16Array.from(slots).buffer),
      visitors: Buffer.from(
        [...visitorNumbers.numbers.keys()].map((key) => key?.slice(0, 2 * VISITOR_BYTES)).join(''),
        'hex',
      ),
      visitor: encodeCodes(visitors),
      ...mapDimensions((dimension) => columns[dimension].encode()),
    }),
  };
}
