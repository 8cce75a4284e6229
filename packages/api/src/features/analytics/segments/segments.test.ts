import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIMENSIONS, type Dimension, type Filter, MISSING_NAMES } from '../schema.ts';
import { countNames, createPageCounter, type SegmentPart, findMatchingEvents } from './counting/policy.ts';
import { listSegmentPeriods } from './packing/policy.ts';
import { createSegmentBuilder, decodeCodes, type SegmentEvent } from './encoding/policy.ts';

const DAY_MS = 86_400_000;
const SLOT_MS = 900_000;
const MONTH = Date.UTC(2026, 10, 1);

const names = fc.option(fc.constantFrom('a', 'b', 'c', 'direct'), { nil: null });
const event: fc.Arbitrary<SegmentEvent> = fc.record({
  slot: fc.nat({ max: 30 * 96 - 1 }),
  visitor: fc.option(
    fc.nat({ max: 5 }).map((n) => n.toString(16).padStart(16, '0')),
    { nil: null },
  ),
  block: names,
  referrer: names,
  country: names,
  region: names,
  device: names,
  browser: names,
  os: names,
  language: names,
  utmSource: names,
  utmMedium: names,
  utmCampaign: names,
  via: names,
});
const events = fc
  .array(event, { minLength: 1, maxLength: 80 })
  .map((list) => list.toSorted((a, b) => a.slot - b.slot));
const filter: fc.Arbitrary<Filter> = fc.record({
  isNegated: fc.boolean(),
  values: fc.array(fc.constantFrom('a', 'b', 'direct', 'none', 'unknown', 'web'), { minLength: 1 }),
});
const filters = fc.dictionary(fc.constantFrom(...DIMENSIONS), filter, { maxKeys: 3 });
const periods = fc.tuple(fc.nat({ max: 30 * 96 }), fc.nat({ max: 30 * 96 })).map(([a, b]) => ({
  from: Math.min(a, b),
  to: Math.max(a, b) + 1,
}));

const nameOf = (one: SegmentEvent, dimension: Dimension) => one[dimension] ?? MISSING_NAMES[dimension];
const isMatch = (one: SegmentEvent, wanted: Partial<Record<Dimension, Filter>>) =>
  DIMENSIONS.every((dimension) => {
    const { isNegated, values } = wanted[dimension] ?? { isNegated: true, values: [] };
    return values.includes(nameOf(one, dimension)) !== isNegated;
  });

/** As stored, with the events between two slots. */
function pack(list: SegmentEvent[], { from, to } = { from: 0, to: 31 * 96 }): SegmentPart {
  const builder = createSegmentBuilder();
  for (const one of list) builder.add(one);
  const { names: found, events: size, ...columns } = builder.build();
  const isWhole = from === 0 && to === 31 * 96;
  const period = { from: MONTH + from * SLOT_MS, to: MONTH + to * SLOT_MS };
  return { pageId: 'page', month: MONTH, events: size, names: found, columns, isWhole, ...period };
}

describe('codes', () => {
  it.each([1, 200, 300, 70_000])('of %i names are read as they were written', (count) => {
    const builder = createSegmentBuilder();
    const blank = Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, null])) as Record<
      Dimension,
      null
    >;
    for (let n = 0; n < count; n += 1)
      builder.add({ ...blank, slot: 0, visitor: n.toString(16).padStart(16, '0'), utmCampaign: `n${n}` });
    const { utmCampaign, visitor, names: found, visitors } = builder.build();
    const codes = decodeCodes(utmCampaign, count) ?? [0];
    expect(codes.at(-1)).toBe(count - 1);
    expect(found.utmCampaign[count - 1]).toEqual([`n${count - 1}`, 1, 0]);
    expect(decodeCodes(visitor, count)?.at(-1)).toBe(count);
    expect(visitors).toHaveLength(8 * count);
  });
});

describe('a segment', () => {
  it('has the same breakdowns as its events, whatever the filters and the period', () => {
    fc.assert(
      fc.property(events, filters, periods, (list, wanted, period) => {
        const part = pack(list, period);
        const counted = countNames(part, findMatchingEvents(part, wanted), DIMENSIONS);
        const matching = list.filter(
          (one) => one.slot >= period.from && one.slot < period.to && isMatch(one, wanted),
        );
        for (const { dimension, names: found } of counted) {
          const sums = new Map<string, [number, number]>();
          for (const one of matching) {
            const name = String(one[dimension]);
            const [views, clicks] = sums.get(name) ?? [0, 0];
            sums.set(name, one.block === null ? [views + 1, clicks] : [views, clicks + 1]);
          }
          expect(new Map(found.map(([name, ...counts]) => [String(name), counts]))).toEqual(sums);
        }
      }),
    );
  });

  it('has the same counts by bucket, however many segments the events are cut into', () => {
    fc.assert(
      fc.property(events, filters, periods, fc.nat({ max: 30 * 96 }), (list, wanted, { from, to }, cut) => {
        const thresholds = [from, Math.floor((from + to) / 2)].map((slot) => MONTH + slot * SLOT_MS);
        const counter = createPageCounter(thresholds);
        for (const period of [
          { from: 0, to: cut },
          { from: cut, to: 31 * 96 },
        ]) {
          const inside = list.filter(({ slot }) => slot >= period.from && slot < period.to);
          if (inside.length > 0) counter.addPart(pack(inside, period), wanted);
        }
        const expected = thresholds.concat(0).map(() => ({ views: 0, clicks: 0, visitors: 0 }));
        const seen = new Set<string>();
        for (const one of list.filter((candidate) => isMatch(candidate, wanted))) {
          const time = MONTH + one.slot * SLOT_MS;
          const bucket = expected[thresholds.filter((threshold) => threshold <= time).length];
          const key = `${Math.floor(time / DAY_MS)} ${one.slot >= from} ${one.visitor}`;
          if (!bucket) continue;
          bucket[one.block === null ? 'views' : 'clicks'] += 1;
          if (one.visitor !== null && !seen.has(key)) bucket.visitors += 1;
          seen.add(key);
        }
        expect(counter.finish()).toEqual(expected);
      }),
    );
  });
});

describe('listSegmentPeriods', () => {
  const at = (day: number, hour: number) => new Date(MONTH + (day - 1) * DAY_MS + hour * 3_600_000);
  const cut = (slots: [Date, number][], until: Date) =>
    listSegmentPeriods(
      at(1, 0),
      slots.map(([slot, size]) => ({ slot, events: size })),
      until,
    ).map(({ from, to }) => [from, to]);

  it('ends a segment with a day once it is large enough, and leaves a small rest', () => {
    const slots: [Date, number][] = [
      [at(1, 5), 3_000],
      [at(2, 5), 2_000],
      [at(3, 5), 255],
    ];
    expect(cut(slots, at(3, 6))).toEqual([[at(1, 0), at(3, 0)]]);
    expect(cut([...slots, [at(3, 6), 1]], at(3, 7))).toEqual([
      [at(1, 0), at(3, 0)],
      [at(3, 0), at(3, 6.25)],
    ]);
  });

  it('ends a segment within a day once it is too large', () => {
    const slots = [1, 2, 3, 4].map((hour): [Date, number] => [at(1, hour), 40_000]);
    expect(cut(slots, at(1, 5))).toEqual([
      [at(1, 0), at(1, 2.25)],
      [at(1, 2.25), at(1, 4.25)],
    ]);
  });

  it('ends the last segment with its day only when the day is over', () => {
    expect(cut([[at(1, 20), 5_000]], at(1, 21))).toEqual([[at(1, 0), at(1, 20.25)]]);
    expect(cut([[at(1, 20), 5_000]], at(2, 0))).toEqual([[at(1, 0), at(2, 0)]]);
  });
});
