import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createVisitorFilter } from './visitor-filter.ts';

// The cache takes its clock when it is loaded, and does not take one that stands at zero.
vi.hoisted(() => vi.useFakeTimers({ now: Date.UTC(2026, 0, 31, 12) }).advanceTimersByTime(1));

afterEach(() => {
  vi.setSystemTime(Date.UTC(2026, 0, 31, 12));
});

afterAll(() => {
  vi.useRealTimers();
});

const words = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '"', ',', '[', '\\', ' ', '\0') }), {
  maxLength: 4,
});

describe('a visitor', () => {
  it('is new the first time, and known from then on', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (visitor) => {
        const isNew = createVisitorFilter();
        expect(isNew(...visitor)).toBe(true);
        expect(isNew(...visitor)).toBe(false);
        expect(isNew(...visitor)).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  it('is another one with other words, however these could be joined', () => {
    fc.assert(
      fc.property(words, words, (one, other) => {
        const isNew = createVisitorFilter();
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        expect(isNew(...one)).toBe(true);
        expect(isNew(...other)).toBe(!isSame);
        expect(isNew(...one)).toBe(false);
      }),
      { numRuns: 50 },
    );
    const isNew = createVisitorFilter();
    const visitors = [
      ['ab', 'c'],
      ['a', 'bc'],
      ['abc'],
      ['a', 'b', 'c'],
      ['abc', ''],
      ['', 'abc'],
      ['ab,c'],
      ['c', 'ab'],
      [],
    ];
    for (const visitor of visitors) expect(isNew(...visitor)).toBe(true);
    for (const visitor of visitors) expect(isNew(...visitor)).toBe(false);
  });

  it('is new to each filter', () => {
    const [here, there] = [createVisitorFilter(), createVisitorFilter()];
    expect(here('a')).toBe(true);
    expect(there('a')).toBe(true);
  });

  it('is known for an hour after the first visit, which no other visit prolongs', () => {
    const isNew = createVisitorFilter();
    expect(isNew('a')).toBe(true);
    for (const minutes of [1, 29, 29]) {
      vi.advanceTimersByTime(minutes * 60_000);
      expect(isNew('a')).toBe(false);
    }
    vi.advanceTimersByTime(61_000);
    expect(isNew('a')).toBe(true);
    expect(isNew('a')).toBe(false);
  });

  it('is new again on the next day in UTC, from its first moment on', () => {
    vi.setSystemTime(Date.UTC(2026, 0, 31, 23, 59, 58));
    const isNew = createVisitorFilter();
    expect(isNew('a')).toBe(true);
    vi.setSystemTime(Date.UTC(2026, 0, 31, 23, 59, 59, 999));
    expect(isNew('a')).toBe(false);
    vi.setSystemTime(Date.UTC(2026, 1, 1));
    expect(isNew('a')).toBe(true);
    expect(isNew('a')).toBe(false);
  });

  it('cannot be told from a day that comes back, since its salt is gone', () => {
    const isNew = createVisitorFilter();
    expect(isNew('a')).toBe(true);
    vi.setSystemTime(Date.UTC(2026, 1, 1));
    expect(isNew('b')).toBe(true);
    vi.setSystemTime(Date.UTC(2026, 0, 31, 12));
    expect(isNew('a')).toBe(true);
  });
});
