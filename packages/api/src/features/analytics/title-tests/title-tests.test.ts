import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computePValue, judgeTitles } from './policy.ts';

describe('a test of two titles', () => {
  it.each([
    [{ views: 1_000, clicks: 100 }, { views: 1_000, clicks: 130 }, 0.0355],
    [{ views: 500, clicks: 50 }, { views: 500, clicks: 50 }, 1],
    [{ views: 10_000, clicks: 1_000 }, { views: 10_000, clicks: 1_130 }, 0.0029],
  ])('of %j and %j has the p value %d', (a, b, p) => {
    expect(computePValue(a, b)).toBeCloseTo(p, 3);
  });

  it.each([
    [{ views: 199, clicks: 100 }, { views: 1_000, clicks: 100 }, 'collecting', null],
    [{ views: 1_000, clicks: 9 }, { views: 1_000, clicks: 90 }, 'collecting', null],
    [{ views: 300, clicks: 400 }, { views: 300, clicks: 90 }, 'collecting', null],
    [{ views: 1_000, clicks: 100 }, { views: 1_000, clicks: 130 }, 'undecided', null],
    [{ views: 10_000, clicks: 1_000 }, { views: 10_000, clicks: 1_130 }, 'decided', 'b'],
    [{ views: 10_000, clicks: 1_130 }, { views: 10_000, clicks: 1_000 }, 'decided', 'a'],
  ])('of %j and %j is %s', (a, b, verdict, winner) => {
    expect(judgeTitles(a, b)).toMatchObject({ verdict, winner });
  });

  it('says something about any counts, and the same about both orders', () => {
    const counts = fc.record({ views: fc.nat(100_000), clicks: fc.nat(100_000) });
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const [one, other] = [judgeTitles(a, b), judgeTitles(b, a)];
        expect(one.statement).not.toContain('NaN');
        expect([one.verdict, one.pValue]).toEqual([other.verdict, other.pValue]);
      }),
    );
  });
});
