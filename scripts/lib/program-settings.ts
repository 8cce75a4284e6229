import { availableParallelism } from 'node:os';

/** Less memory for a little more CPU time, see docs/operations.md. */
export const PROGRAM_FLAGS: Record<'server' | 'worker', string[]> = {
  server: ['--max-semi-space-size=4', '--heap-growing-percent=20', '--no-sparkplug', '--no-maglev'],
  worker: ['--max-semi-space-size=2', '--heap-growing-percent=20', '--no-sparkplug', '--no-maglev'],
};
export const MEMORY_SETTINGS = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' };

/** Variables that a program gets unless its own environment sets them. */
export const DEFAULT_SETTINGS = {
  ...MEMORY_SETTINGS,
  // Password hashing may use all cores but one; two more threads are for files and DNS.
  UV_THREADPOOL_SIZE: String(Math.max(4, availableParallelism() + 1)),
};
