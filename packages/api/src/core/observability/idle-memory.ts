import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const CHECK_MS = 5_000;
/** A worker that looks for jobs in PostgreSQL has a utilization of up to 0.1. */
const IDLE_UTILIZATION = 0.15;

type CollectGarbage = (options: { type: 'major'; flavor: 'last-resort' }) => void;

const isCollector = (value: unknown): value is CollectGarbage => typeof value === 'function';

/** Makes V8 give back all free memory, also the space for young objects; other collections keep that at its size. */
export function releaseFreeMemory(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  if (isCollector(collect)) collect({ type: 'major', flavor: 'last-resort' });
}

/** Loading a program leaves some 20 MB free. They are given back once, when the program has been idle for 5 seconds. */
export function releaseStartMemory(): void {
  const start = performance.eventLoopUtilization();
  setTimeout(() => {
    if (performance.eventLoopUtilization(start).utilization < IDLE_UTILIZATION) releaseFreeMemory();
    else releaseStartMemory();
  }, CHECK_MS).unref();
}
