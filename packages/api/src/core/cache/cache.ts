import { LRUCache } from 'lru-cache';

/** A bounded cache whose entries expire after a fixed time. */
export type Cache<T extends object> = {
  /** Returns the value of `key`. Concurrent callers share one load; failures are not cached. */
  get: (key: string, load: () => Promise<T>) => Promise<T>;
  /** Returns the value of `key` if this process holds it, without loading. */
  peek: (key: string) => T | undefined;
  /** Removes `key` here and from the shared store. A load that started before never stores its value. */
  invalidate: (key: string) => void;
  /** Removes `key` in this process only, after another process invalidated it. */
  drop: (key: string) => void;
};

/** A store shared by the caches of several processes. Never throws: when it is unavailable, values are loaded. */
export type SharedStore = {
  /** Returns the stored value or the result of `load`, with its age in milliseconds at the time of the call. */
  get: <T extends object>(key: string, load: () => Promise<T>) => Promise<{ value: T; ageMs: number }>;
  invalidate: (key: string) => void;
};

/** Where a value came from: this process, the shared store, or a load. */
export type CacheResult = 'hit' | 'shared' | 'miss';

export type CacheOptions = {
  /** Maximum number of entries in this process. */
  max: number;
  /** How long a value is valid, counted from the start of its load. */
  ttlMs: number;
  /** Makes the cache shared; its values must survive JSON. */
  store?: SharedStore | undefined;
  onRead?: (result: CacheResult) => void;
};

/**
 * Creates a cache in this process; with a `store`, it is the first level in front of the shared one. Reads never
 * extend a value's life, so a change made elsewhere shows after `ttlMs` even if its announcement is lost.
 */
export function createCache<T extends object>(options: CacheOptions): Cache<T> {
  const { max, ttlMs, store, onRead } = options;
  const values = new LRUCache<string, T>({ max, ttl: ttlMs });
  const loading = new Map<string, Promise<T>>();

  const readOrLoad = async (key: string, load: () => Promise<T>): Promise<{ value: T; ageMs: number }> => {
    let result: CacheResult = 'shared';
    const loadHere = () => {
      result = 'miss';
      return load();
    };
    try {
      return store ? await store.get(key, loadHere) : { value: await loadHere(), ageMs: 0 };
    } finally {
      onRead?.(result);
    }
  };

  const startLoad = (key: string, load: () => Promise<T>): Promise<T> => {
    // The age counts from the start of the load: a slow load must not extend it.
    const start = performance.now();
    const started = readOrLoad(key, load)
      .then(({ value, ageMs }) => {
        // An invalidation during the load has removed it from `loading`.
        if (loading.get(key) === started) values.set(key, value, { start: start - ageMs });
        return value;
      })
      .finally(() => {
        if (loading.get(key) === started) loading.delete(key);
      });
    loading.set(key, started);
    return started;
  };

  const drop = (key: string): void => {
    values.delete(key);
    loading.delete(key);
  };

  const peek = (key: string): T | undefined => {
    const known = values.get(key);
    if (known) onRead?.('hit');
    return known;
  };

  return {
    get: async (key, load) => {
      const known = peek(key);
      if (known) return known;
      const pending = loading.get(key);
      if (pending) onRead?.('hit');
      return pending ?? startLoad(key, load);
    },
    peek,
    invalidate: (key) => {
      drop(key);
      store?.invalidate(key);
    },
    drop,
  };
}
