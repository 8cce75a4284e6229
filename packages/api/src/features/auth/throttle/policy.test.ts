import { expect, it } from 'vitest';
import { listBlockSeconds } from './policy.ts';

it('a block lasts until the end of its window, then two windows, then twice as long each time up to a day', () => {
  expect(listBlockSeconds(900)).toEqual([0, 1_800, 3_600, 7_200, 14_400, 28_800, 57_600, 86_400]);
  expect(listBlockSeconds(86_400)).toEqual([0, 86_400]);
});
