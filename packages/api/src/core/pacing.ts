import { setImmediate } from 'node:timers/promises';

/** How long a computation may hold the event loop before other requests get a turn. */
const SLICE_MS = 10;

export function createPacer(): () => Promise<void> {
  let startedAt = performance.now();
  return async () => {
    if (performance.now() - startedAt < SLICE_MS) return;
    await setImmediate();
    startedAt = performance.now();
  };
}
