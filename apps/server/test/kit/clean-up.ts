import { afterEach } from 'vitest';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

/** Runs `cleanUp` after the current test; the last one added runs first. */
export const cleanUpLater = (...added: (() => unknown)[]): void => void cleanUps.push(...added);
