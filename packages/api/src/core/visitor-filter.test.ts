import { afterEach, describe, expect, it, vi } from 'vitest';
import { createVisitorFilter } from './visitor-filter.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('a visitor', () => {
  it('is new once, and each other one is new too', () => {
    const isNew = createVisitorFilter();
    expect([isNew('a', 'b'), isNew('a', 'b'), isNew('a', 'c'), isNew('b', 'a')]).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('is not taken for another whose words only join alike', () => {
    const isNew = createVisitorFilter();
    expect([isNew('ab', 'c'), isNew('a', 'bc'), isNew('abc'), isNew('a","b', 'c')]).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  it('is not recognised on the next day, when the salt is gone', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-01T23:59:59Z') });
    const isNew = createVisitorFilter();
    expect([isNew('a'), isNew('a')]).toEqual([true, false]);
    vi.setSystemTime(Date.parse('2026-01-02T00:00:01Z'));
    expect([isNew('a'), isNew('a')]).toEqual([true, false]);
  });
});
