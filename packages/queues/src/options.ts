import type { JobsOptions, WorkerOptions } from 'bullmq';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 10 * 60_000;

/** How long to wait after the given number of attempts: twice as long each time, spread over the upper half. */
export function computeBackoff(attempts: number): number {
  const longest = Math.min(FIRST_DELAY_MS * 2 ** (attempts - 1), LONGEST_DELAY_MS);
  return Math.round(longest * (0.5 + Math.random() / 2));
}

/** Finished jobs are kept for a look at them; those that were given up for as long as someone may retry them. */
export const JOB_OPTIONS: JobsOptions = {
  backoff: { type: 'custom' },
  removeOnComplete: { age: 3_600, count: 1_000 },
  removeOnFail: { age: 7 * 86_400, count: 10_000 },
};

/**
 * A job whose worker was killed runs elsewhere at most eleven seconds later. One that kills its workers is given
 * up after a few of them.
 */
export const WORKER_OPTIONS: Omit<WorkerOptions, 'connection'> = {
  lockDuration: 8_000,
  stalledInterval: 3_000,
  maxStalledCount: 5,
  // After the backend was away.
  runRetryDelay: 1_000,
  settings: { backoffStrategy: computeBackoff },
};
