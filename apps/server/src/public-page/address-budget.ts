import { canonicalizeAddress, type Config, createRateLimitedError } from '@linkgrove/api';
import { LRUCache } from 'lru-cache';

const MAX_ADDRESSES = 50_000;

/**
 * Counts requests by address in windows that begin for all at once; throws `RATE_LIMITED` beyond the global
 * budget. In this process alone, and without what a library does around it: a cached page costs little more.
 */
export function createAddressBudget({ limits }: Config): (ip: string) => void {
  const { points, seconds } = limits.global;
  const counts = new LRUCache<string, { spent: number }>({ max: MAX_ADDRESSES });
  let endsAt = 0;
  return (ip) => {
    const now = Date.now();
    if (now >= endsAt) {
      counts.clear();
      endsAt = now + seconds * 1_000;
    }
    const address = ip.includes(':') ? canonicalizeAddress(ip) : ip;
    const count = counts.get(address) ?? { spent: 0 };
    if (count.spent === 0) counts.set(address, count);
    count.spent += 1;
    if (count.spent > points) throw createRateLimitedError(Math.ceil((endsAt - now) / 1_000));
  };
}
