import { onCommit } from '@linkgrove/db';
import { type Cache, type CacheResult, createCache } from './cache.ts';
import type { AppCtx, CacheCtx, CacheName, Invalidation } from '../context.ts';
import { tryParseJson } from '../text/json.ts';
import { type Metrics, watchCaches } from '../observability/metrics.ts';
import { createRedisStore } from '../redis/redis-store.ts';
import type { RedisClient } from '../redis/redis.ts';

/** Only values that are expensive to load are shared. Sessions are not: no access decision may depend on Redis. */
const CACHES: Record<CacheName, { max: number; shared: boolean }> = {
  sessions: { max: 50_000, shared: false },
  keys: { max: 50_000, shared: false },
  users: { max: 20_000, shared: false },
  'referral-stats': { max: 20_000, shared: true },
  campaigns: { max: 1, shared: false },
  'visitor-salts': { max: 2, shared: false },
  analytics: { max: 1_000, shared: true },
  domains: { max: 256, shared: false },
  'public-pages': { max: 5_000, shared: false },
};
/** Below the one second in which a change must show everywhere, announced or not. */
const TTL_MS = 900;

const isCacheName = (name: unknown): name is CacheName =>
  typeof name === 'string' && Object.hasOwn(CACHES, name);

export function parseInvalidation(message: string): Invalidation | undefined {
  const value = tryParseJson(message);
  if (typeof value !== 'object' || value === null || !('cache' in value) || !('key' in value))
    return undefined;
  const { cache, key } = value;
  return isCacheName(cache) && typeof key === 'string' ? { cache, key } : undefined;
}

export function createCaches(options: {
  metrics: Metrics;
  redis?: RedisClient | undefined;
}): AppCtx['cache'] {
  const reads: Record<string, Record<CacheResult, number>> = {};
  const caches = new Map<string, unknown>();
  for (const [name, { max, shared }] of Object.entries(CACHES)) {
    const store = shared && options.redis ? createRedisStore(options.redis, name, TTL_MS) : undefined;
    const counts = { hit: 0, shared: 0, miss: 0 };
    reads[name] = counts;
    const onRead = (result: CacheResult) => {
      counts[result] += 1;
    };
    caches.set(name, createCache({ max, ttlMs: TTL_MS, store, onRead }));
  }
  watchCaches(options.metrics, reads);
  return <T extends object>(name: CacheName) =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- core cannot know the features' types
    caches.get(name) as Cache<T>;
}

export const invalidateCached = (ctx: CacheCtx, cache: CacheName, key: string): Promise<void> =>
  onCommit(ctx, () => {
    ctx.cache(cache).invalidate(key);
    ctx.announce({ cache, key });
  });
