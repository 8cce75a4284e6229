import type { Operation } from '@trpc/client';
import { createAbortedError, isLinkgroveError, LinkgroveError } from './errors.ts';

export const DEFAULT_RETRIES = 2;
const FIRST_DELAY_MS = 300;
const MAX_BACKOFF_MS = 30_000;
/** A call that would have to wait longer fails instead, with `retryAfter`. */
const MAX_RETRY_AFTER_SECONDS = 10;
/** No answer, or a proxy's answer because the API is away. */
const AWAY_STATUSES = new Set([0, 502, 503, 504]);

/**
 * Whether the same call can succeed a moment later: the network failed, a rate limit was reached or the server is
 * busy. For the `retry` setting of query libraries.
 */
export function shouldRetry(error: unknown): boolean {
  if (!isLinkgroveError(error)) return false;
  if (error.code === 'NETWORK') return AWAY_STATUSES.has(error.status);
  return error.code === 'RATE_LIMITED' || error.code === 'UNAVAILABLE';
}

// The same for all calls of a program, so that the failed calls of a batch can share the next one, and another for each
// program, so that they do not all come back at once.
const SPREAD = 0.5 + Math.random();

function findRetryDelayMs(error: unknown, attempt: number): number | undefined {
  if (!(error instanceof LinkgroveError) || !shouldRetry(error)) return undefined;
  const { retryAfter = 0 } = error;
  if (retryAfter > MAX_RETRY_AFTER_SECONDS) return undefined;
  return Math.max(retryAfter * 1_000, FIRST_DELAY_MS * 2 ** attempt * SPREAD);
}

/** For what is tried until it works. */
export const findBackoffMs = (attempt: number, error: LinkgroveError | null): number =>
  Math.max(
    (error?.retryAfter ?? 0) * 1_000,
    Math.min(MAX_BACKOFF_MS, FIRST_DELAY_MS * 2 ** attempt * SPREAD),
  );

/** Only for calls that change nothing. */
export async function sendWithRetries<T>(
  send: () => Promise<T>,
  { retries, signal }: { retries: number; signal: Operation['signal'] },
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      const delayMs = attempt < retries ? findRetryDelayMs(error, attempt) : undefined;
      if (delayMs === undefined) throw error;
      await waitFor(delayMs, signal);
    }
  }
}

export const waitFor = (ms: number, signal: Operation['signal']): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(createAbortedError());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
