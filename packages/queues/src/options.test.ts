import fc from 'fast-check';
import { expect, it } from 'vitest';
import { computeBackoff } from './options.ts';

it('computeBackoff doubles the wait up to ten minutes, minus up to half as jitter', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), (attempts) => {
      const longest = Math.min(1_000 * 2 ** (attempts - 1), 600_000);
      const wait = computeBackoff(attempts);
      expect(wait).toBeGreaterThanOrEqual(longest / 2);
      expect(wait).toBeLessThanOrEqual(longest);
    }),
  );
});

it('computeBackoff spreads jobs that failed at the same time', () => {
  const waits = Array.from({ length: 100 }, () => computeBackoff(8));
  expect(new Set(waits).size).toBeGreaterThan(80);
});

it('computeBackoff spreads the 24 attempts of a job over two to three hours', () => {
  const total = Array.from({ length: 23 }, (_, n) => computeBackoff(n + 1)).reduce(
    (sum, wait) => sum + wait,
    0,
  );
  expect(total).toBeGreaterThan(1.5 * 3_600_000);
  expect(total).toBeLessThan(3 * 3_600_000);
});
