const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Of a workspace. */
export const MAX_ENDPOINTS = 10;

/** Pauses between the ten tries of a delivery, as Standard Webhooks 1.0 recommends; three days in all. */
const RETRY_DELAYS_SECONDS = [
  5,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  DAY,
];
/** Spreads the retries of deliveries that failed at the same time. */
const JITTER = 0.1;
export const MAX_TRIES = RETRY_DELAYS_SECONDS.length + 1;

/** An event waits for earlier ones of its object until these were delivered or failed this often. */
export const TRIES_IN_LINE = 3;

/** From the start of a try to the status of the answer; includes DNS. */
export const ATTEMPT_TIMEOUT_MS = 15_000;
/** Longer than an attempt. A delivery whose worker died is taken over after this time. */
export const ATTEMPT_CLAIM_SECONDS = 30;
/** For a delivery that waits in the queue. */
export const QUEUE_CLAIM_SECONDS = 60;

export const DISPATCH_BATCH = 500;

/** Deliveries of one endpoint at the same time, so that a slow one cannot occupy the worker. */
export const ENDPOINT_CONCURRENCY = 5;
export const FAILING_ENDPOINT_CONCURRENCY = 1;

/** Of one endpoint. Further events are recorded as failed, from where `recover` takes them. */
export const MAX_OPEN_DELIVERIES = 10_000;
export const RECOVERY_BATCH = 1_000;

/** An endpoint that asks for more is asked again after this time. */
const MAX_RETRY_AFTER_SECONDS = DAY;

/** Of nothing but failures. Nothing is disabled without a warning at least `WARNING_LEAD_HOURS` before. */
export const DISABLE_AFTER_DAYS = 5;
export const WARN_AFTER_DAYS = 2;
export const WARNING_LEAD_HOURS = 24;

export const EVENT_RETENTION_DAYS = 30;
export const EVENT_DELETION_BATCH = 1_000;

/** Of an answer's body, where the endpoint asks for it. */
export const RESPONSE_LOG_BYTES = 1_024;
/** Of a delivery that is replayed again and again. */
export const MAX_LOGGED_ATTEMPTS = 50;

export const MAX_ROTATION_OVERLAP_SECONDS = 7 * DAY;

/** `triesDone` is at least 1. Null after the last try. */
export function computeRetryDelay(triesDone: number, random: number): number | null {
  const delay = RETRY_DELAYS_SECONDS[triesDone - 1];
  return delay === undefined ? null : delay * (1 + JITTER * random);
}

const BUSY_STATUSES = new Set([429, 503]);

/** Seconds for which the endpoint asks not to be called (RFC 9110, 10.2.3). */
export function readRetryAfter(status: number, header: string | undefined, now: number): number | null {
  if (!BUSY_STATUSES.has(status) || header === undefined) return null;
  const seconds = /^\d{1,9}$/.test(header) ? Number(header) : (Date.parse(header) - now) / 1_000;
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, MAX_RETRY_AFTER_SECONDS) : null;
}

export const isDelivered = (status: number): boolean => status >= 200 && status < 300;
export const isGone = (status: number): boolean => status === 410;
