import { getHeapSpaceStatistics } from 'node:v8';
import { expect, it } from 'vitest';
import { releaseFreeMemory } from './idle-memory.ts';

const readYoungSpace = (): number =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;

it('releaseFreeMemory shrinks the space for young objects, and hides the collector again', () => {
  // Objects that survive make V8 enlarge that space.
  const kept = Array.from({ length: 500_000 }, (_, index) => ({ index }));
  const before = readYoungSpace();
  releaseFreeMemory();
  expect(readYoungSpace()).toBeLessThan(before);
  expect(kept).toHaveLength(500_000);
  expect(globalThis.gc).toBeUndefined();
});
