import { onCommit } from '@linkgrove/db';
import { type Cache, type CacheResult, createCache } from './cache.ts';
import type { AppCtx, CacheName, Invalidation } from '../context.ts';
import { type Metrics, watchCaches } from '../observability/metrics.ts';
import { createRedisStore } from '../redis/redis-store.ts';
import type { RedisClient } from '../redis/redis.ts';

/**
 * How many entries each cache holds in a process, and whether processes share it through Redis: what is dear to
 * load is. Who is signed in is not: it is one look at an index, and no decision about access rests on Redis.
 */
const CACHES: Record<CacheName, { max: number; shared: boolean }> = {
  sessions: { max: 50_000, shared: false },
  users: { max: 20_000, shared: false },
  'referral-stats': { max: 20_000, shared: true },
  campaigns: { max: 1, shared: false },
  'visitor-salts': { max: 2, shared: false },
  'public-pages': { max: 5_000, shared: false },
};
const NAMES = Object.keys(CACHES) as CacheName[];

/** How long an entry lives: less than the second within which a change is seen everywhere, told or not. */
const TTL_MS = 900;

/** What another instance announced; undefined for anything else, such as a cache that only a newer version has. */
export function readInvalidation(message: string): Invalidation | undefined {
  try {
    const { cache, key } = JSON.parse(message) as Partial<Invalidation>;
    return cache !== undefined && Object.hasOwn(CACHES, cache) && typeof key === 'string'
      ? { cache, key }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the caches of a process, in front of those in Redis where there is one. */
export function createCaches(options: {
  metrics: Metrics;
  redis?: RedisClient | undefined;
}): AppCtx['cache'] {
  const reads = {} as Record<CacheName, Record<CacheResult, number>>;
  const make = (name: CacheName): [CacheName, Cache<object>] => {
    const { max, shared } = CACHES[name];
    const store = shared && options.redis ? createRedisStore(options.redis, name, TTL_MS) : undefined;
    const counts = { hit: 0, shared: 0, miss: 0 };
    reads[name] = counts;
    const onRead = (result: CacheResult) => {
      counts[result] += 1;
    };
    return [name, createCache({ max, ttlMs: TTL_MS, store, onRead })];
  };
  const caches = new Map(NAMES.map(make));
  watchCaches(options.metrics, reads);
  // The name stands for the type: each feature reads its own cache in one place.
  return <T extends object>(name: CacheName) => caches.get(name) as unknown as Cache<T>;
}

/** Forgets an entry once the transaction of `ctx` has committed: here at once, elsewhere as soon as told. */
export const forgetCached = (ctx: AppCtx, cache: CacheName, key: string): Promise<void> =>
  onCommit(ctx, () => {
    ctx.cache(cache).invalidate(key);
    ctx.announce({ cache, key });
  });
