import { onTestFinished } from 'vitest';

/** Runs `cleanUp` after the current test; the last one added runs first. */
export const cleanUpLater = (...added: (() => unknown)[]): void =>
  added.forEach((cleanUp) => onTestFinished(async () => void (await cleanUp())));
