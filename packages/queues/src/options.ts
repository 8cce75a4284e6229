import type { JobsOptions, WorkerOptions } from 'bullmq';
import type { WorkOptions } from './backend.ts';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 10 * 60_000;

export function computeBackoff(attempts: number): number {
  const longest = Math.min(FIRST_DELAY_MS * 2 ** (attempts - 1), LONGEST_DELAY_MS);
  return Math.round(longest * (0.5 + Math.random() / 2));
}

/** Failed jobs are kept for a week so that an operator can retry them. */
export const JOB_OPTIONS: JobsOptions = {
  backoff: { type: 'custom' },
  removeOnComplete: { age: 3_600, count: 1_000 },
  removeOnFail: { age: 7 * 86_400, count: 10_000 },
};

// A job of a killed worker is taken over within 11 s (lock + check). A job that kills its workers fails after five.
const WORKER_OPTIONS = {
  lockDuration: 8_000,
  stalledInterval: 3_000,
  maxStalledCount: 5,
  runRetryDelay: 1_000,
  settings: { backoffStrategy: computeBackoff },
};

export function toWorkerOptions({ concurrency, rate }: WorkOptions): Omit<WorkerOptions, 'connection'> {
  return {
    ...WORKER_OPTIONS,
    concurrency,
    ...(rate && { limiter: { max: rate.points, duration: rate.seconds * 1_000 } }),
  };
}
