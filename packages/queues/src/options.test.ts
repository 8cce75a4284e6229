import fc from 'fast-check';
import { expect, it } from 'vitest';
import { computeBackoff } from './options.ts';

it('each wait is at most twice as long as the one before, ten minutes in the end, and never less than half of that', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), (attempts) => {
      const longest = Math.min(1_000 * 2 ** (attempts - 1), 600_000);
      const wait = computeBackoff(attempts);
      expect(wait).toBeGreaterThanOrEqual(longest / 2);
      expect(wait).toBeLessThanOrEqual(longest);
    }),
  );
});

it('those who failed together do not come back together', () => {
  const waits = Array.from({ length: 100 }, () => computeBackoff(8));
  expect(new Set(waits).size).toBeGreaterThan(80);
});

it('the attempts of a job take two to three hours', () => {
  const total = Array.from({ length: 23 }, (_, n) => computeBackoff(n + 1)).reduce(
    (sum, wait) => sum + wait,
    0,
  );
  expect(total).toBeGreaterThan(1.5 * 3_600_000);
  expect(total).toBeLessThan(3 * 3_600_000);
});
