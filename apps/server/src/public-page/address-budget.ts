import { limitEntries, canonicalizeAddress, type Config, createRateLimitedError } from '@linkgrove/api';
import { LRUCache } from 'lru-cache';

const MAX_ADDRESSES = 50_000;

/** Throws `RATE_LIMITED`. Counts in this process only, in fixed windows, since a cached page costs little more. */
export function createAddressBudget({ limits }: Config): (ip: string) => void {
  const { points, seconds } = limits.global;
  const counts = new LRUCache<string, { consumed: number }>(limitEntries(MAX_ADDRESSES));
  let endsAt = 0;
  return (ip) => {
    const now = Date.now();
    if (now >= endsAt) {
      counts.clear();
      endsAt = now + seconds * 1_000;
    }
    const address = ip.includes(':') ? canonicalizeAddress(ip) : ip;
    const count = counts.get(address) ?? { consumed: 0 };
    if (count.consumed === 0) counts.set(address, count);
    count.consumed += 1;
    if (count.consumed > points) throw createRateLimitedError(Math.ceil((endsAt - now) / 1_000));
  };
}
