import { onCommit } from '@linkgrove/db';
import { type Cache, createCache } from './cache.ts';
import type { AppCtx, CacheName } from './context.ts';

/** Makes the caches of a process. All are good for less than the second the contract allows. */
export function createCaches(): AppCtx['cache'] {
  const caches: Record<CacheName, Cache<object>> = {
    sessions: createCache({ max: 50_000, ttlMs: 900 }),
    users: createCache({ max: 20_000, ttlMs: 900 }),
    'referral-stats': createCache({ max: 20_000, ttlMs: 900 }),
  };
  // The name stands for the type: each feature reads its own cache in one place.
  return <T extends object>(name: CacheName) => caches[name] as unknown as Cache<T>;
}

/** Forgets an entry once the transaction of `ctx` has committed: here at once, elsewhere as soon as told. */
export const forget = (ctx: AppCtx, cache: CacheName, key: string): Promise<void> =>
  onCommit(ctx, () => {
    ctx.cache(cache).invalidate(key);
    ctx.announce({ cache, key });
  });
