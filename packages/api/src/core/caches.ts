import { onCommit } from '@linkgrove/db';
import { type Cache, createCache } from './cache.ts';
import type { AppCtx, CacheName, Invalidation } from './context.ts';

/** How many entries each cache holds, and for how long: less than the second within which a change is seen everywhere. */
const SIZES: Record<CacheName, number> = {
  sessions: 50_000,
  users: 20_000,
  'referral-stats': 20_000,
  campaigns: 1,
  'visitor-salts': 2,
  'public-pages': 5_000,
};
const TTL_MS = 900;

/** What another instance announced; undefined for anything else, such as a cache that only a newer version has. */
export function readInvalidation(message: string): Invalidation | undefined {
  try {
    const { cache, key } = JSON.parse(message) as Partial<Invalidation>;
    return cache !== undefined && Object.hasOwn(SIZES, cache) && typeof key === 'string'
      ? { cache, key }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the caches of a process. */
export function createCaches(): AppCtx['cache'] {
  const make = (name: CacheName): Cache<object> => createCache({ max: SIZES[name], ttlMs: TTL_MS });
  const names = Object.keys(SIZES) as CacheName[];
  const caches = new Map(names.map((name) => [name, make(name)]));
  // The name stands for the type: each feature reads its own cache in one place.
  return <T extends object>(name: CacheName) => caches.get(name) as unknown as Cache<T>;
}

/** Forgets an entry once the transaction of `ctx` has committed: here at once, elsewhere as soon as told. */
export const forget = (ctx: AppCtx, cache: CacheName, key: string): Promise<void> =>
  onCommit(ctx, () => {
    ctx.cache(cache).invalidate(key);
    ctx.announce({ cache, key });
  });
