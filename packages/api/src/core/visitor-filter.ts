import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Whether these words have not been seen together for an hour. */
export type VisitorFilter = (...words: string[]) => boolean;

const HOUR_MS = 3_600_000;
const today = () => new Date().toISOString().slice(0, 10);

/**
 * Makes a filter that recognises a visitor for an hour without keeping who it was: only an HMAC stays, under
 * a salt that lives in this process and is replaced each day (UTC), after which no hash can be retraced.
 */
export function createVisitorFilter(): VisitorFilter {
  const seen = new LRUCache<string, true>({ max: 200_000, ttl: HOUR_MS });
  let salt = { day: today(), key: randomBytes(32) };
  return (...words) => {
    if (salt.day !== today()) salt = { day: today(), key: randomBytes(32) };
    const hash = createHmac('sha256', salt.key).update(JSON.stringify(words)).digest('base64');
    if (seen.has(hash)) return false;
    seen.set(hash, true);
    return true;
  };
}
