import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findDayStart,
  findPrevious,
  INTERVALS,
  isTimeZone,
  isWithinUtcDay,
  listBucketStarts,
  openTimeZone,
  resolvePeriod,
  toCalendarDay,
} from './policy.ts';

const at = (text: string) => Date.parse(text);
const toIso = (times: number[]) => times.map((time) => new Date(time).toISOString());
const list = (zone: string, from: string, to: string, interval: (typeof INTERVALS)[number]) =>
  toIso(listBucketStarts(openTimeZone(zone), { from: at(from), to: at(to) }, interval));

describe('buckets', () => {
  it('of days are 23 and 25 hours long when the clocks change', () => {
    expect(list('Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z', 'day')).toEqual([
      '2026-03-27T23:00:00.000Z',
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
    expect(list('Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-26T23:00:00Z', 'day')).toEqual([
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ]);
  });

  it('of hours show the repeated hour twice and not the skipped one', () => {
    expect(list('America/New_York', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z', 'hour')).toHaveLength(25);
    expect(list('America/New_York', '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z', 'hour')).toHaveLength(23);
  });

  it('of hours begin at the quarter that the offset says', () => {
    expect(list('Asia/Kathmandu', '2026-11-26T10:30:00Z', '2026-11-26T12:00:00Z', 'hour')).toEqual([
      '2026-11-26T10:15:00.000Z',
      '2026-11-26T11:15:00.000Z',
    ]);
    expect(list('Asia/Kolkata', '2026-11-26T00:00:00Z', '2026-11-27T00:00:00Z', 'day')).toEqual([
      '2026-11-25T18:30:00.000Z',
      '2026-11-26T18:30:00.000Z',
    ]);
  });

  it('of weeks begin on Monday, of months on the first', () => {
    expect(list('UTC', '2026-11-26T00:00:00Z', '2026-12-08T00:00:00Z', 'week')).toEqual([
      '2026-11-23T00:00:00.000Z',
      '2026-11-30T00:00:00.000Z',
      '2026-12-07T00:00:00.000Z',
    ]);
    expect(list('Asia/Tokyo', '2027-01-31T14:00:00Z', '2027-02-28T16:00:00Z', 'month')).toEqual([
      '2026-12-31T15:00:00.000Z',
      '2027-01-31T15:00:00.000Z',
      '2027-02-28T15:00:00.000Z',
    ]);
  });

  it('begin with the first midnight if there are two, and after it if there is none', () => {
    const [havana, beirut] = [openTimeZone('America/Havana'), openTimeZone('Asia/Beirut')];
    expect(toIso([findDayStart(havana, at('2026-11-01'))])).toEqual(['2026-11-01T04:00:00.000Z']);
    expect(toIso([findDayStart(beirut, at('2026-03-29'))])).toEqual(['2026-03-28T22:00:00.000Z']);
  });

  it('skip the day that Samoa never had', () => {
    expect(list('Pacific/Apia', '2011-12-29T12:00:00Z', '2012-01-01T00:00:00Z', 'day')).toEqual([
      '2011-12-29T10:00:00.000Z',
      '2011-12-30T10:00:00.000Z',
      '2011-12-31T10:00:00.000Z',
    ]);
  });

  it('follow each other, cover the range, and begin at local midnights, in every zone', () => {
    const zones = Intl.supportedValuesOf('timeZone');
    const start = fc.integer({ min: at('2000-01-01'), max: at('2037-01-01') });
    const input = fc.tuple(fc.constantFrom(...zones), start, fc.integer({ min: 1, max: 70 }));
    fc.assert(
      fc.property(input, fc.constantFrom('day', 'week', 'month'), ([name, from, days], interval) => {
        const zone = openTimeZone(name);
        const to = from + days * 86_400_000;
        const starts = listBucketStarts(zone, { from, to }, interval);
        expect(starts.at(0)).toBeLessThanOrEqual(from);
        expect(starts.every((one, index) => index === 0 || one > (starts[index - 1] ?? 0))).toBe(true);
        for (const one of starts) {
          // The instant before belongs to another day.
          expect(toCalendarDay(zone, one - 1)).toBeLessThan(toCalendarDay(zone, one));
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a period', () => {
  const now = at('2026-11-26T10:07:00Z');
  const berlin = openTimeZone('Europe/Berlin');
  const resolve = (period: object) => resolvePeriod(berlin, { interval: 'day', ...period }, now);
  const range = (from: string, to: string) => ({ from: at(from), to: at(to) });

  it('covers 30 days until now unless it is given', () => {
    expect(resolve({})).toEqual(range('2026-10-27T23:00:00Z', '2026-11-26T10:15:00Z'));
  });

  it('includes its last date', () => {
    expect(resolve({ from: '2026-11-01', to: '2026-11-02' })).toEqual(
      range('2026-10-31T23:00:00Z', '2026-11-02T23:00:00Z'),
    );
  });

  it('is rounded outwards to quarters of an hour', () => {
    expect(resolve({ from: '2026-11-26T08:01:00Z', to: '2026-11-26T09:59:00+01:00' })).toEqual(
      range('2026-11-26T08:00:00Z', '2026-11-26T09:00:00Z'),
    );
  });

  it('must be in order, and short enough for its interval', () => {
    expect(resolve({ from: '2026-11-02', to: '2026-11-01' })).toMatchObject({ path: 'from' });
    expect(resolve({ from: '2016-11-27', to: '2026-11-26' })).toMatchObject({
      to: expect.any(Number) as number,
    });
    expect(resolve({ from: '2016-10-01', to: '2026-11-26' })).toMatchObject({ path: 'from' });
    expect(resolve({ from: '2026-10-01', to: '2026-10-31', interval: 'hour' })).not.toHaveProperty('path');
    expect(resolve({ from: '2026-10-01', to: '2026-11-02', interval: 'hour' })).toMatchObject({
      path: 'from',
    });
  });

  it('has a previous one of the same length', () => {
    expect(findPrevious({ from: 100, to: 130 })).toEqual({ from: 70, to: 100 });
  });

  it('lies in one UTC day or not', () => {
    expect(isWithinUtcDay(range('2026-11-26T00:00:00Z', '2026-11-27T00:00:00Z'))).toBe(true);
    expect(isWithinUtcDay(range('2026-11-25T23:45:00Z', '2026-11-26T00:15:00Z'))).toBe(false);
  });
});

it('a time zone is known by its IANA name', () => {
  expect(['Europe/Berlin', 'UTC', 'Asia/Kolkata', 'Mars/Phobos', '', "x'; --"].map(isTimeZone)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
