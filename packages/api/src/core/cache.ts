import { LRUCache } from 'lru-cache';

/** A bounded cache in this process whose entries live for a fixed time. */
export type Cache<T extends object> = {
  /** The value of `key`, loaded once however many ask at the same time. Failures are not kept. */
  get: (key: string, load: () => Promise<T>) => Promise<T>;
  /** Forgets `key`; a load that began before never puts its older value back. */
  invalidate: (key: string) => void;
};

/**
 * Makes a cache of at most `max` entries, each good for `ttlMs` from the moment it was loaded (a read never
 * prolongs it). What another process changes is seen after `ttlMs` at the latest.
 */
export function createCache<T extends object>(options: { max: number; ttlMs: number }): Cache<T> {
  const values = new LRUCache<string, T>({ max: options.max, ttl: options.ttlMs });
  const loading = new Map<string, Promise<T>>();

  const fill = (key: string, load: () => Promise<T>): Promise<T> => {
    // What is read is as old as its beginning; a slow load must not prolong it.
    const start = performance.now();
    const started = load()
      .then((value) => {
        // Still the load of record? An invalidation in between has removed it.
        if (loading.get(key) === started) values.set(key, value, { start });
        return value;
      })
      .finally(() => {
        if (loading.get(key) === started) loading.delete(key);
      });
    loading.set(key, started);
    return started;
  };

  return {
    get: async (key, load) => values.get(key) ?? loading.get(key) ?? fill(key, load),
    invalidate: (key) => {
      values.delete(key);
      loading.delete(key);
    },
  };
}
