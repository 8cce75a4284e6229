import { LRUCache } from 'lru-cache';
import { limitEntries } from './bounds.ts';

export type Cache<T extends object> = {
  get: (key: string, load: () => Promise<T>) => Promise<T>;
  peek: (key: string) => T | undefined;
  /** Also removes `key` from the shared store. A load that started before never stores its value. */
  invalidate: (key: string) => void;
  drop: (key: string) => void;
};

/** Shared by several processes. Never throws: while it is unavailable, values are loaded. */
export type SharedStore = {
  get: <T extends object>(key: string, load: () => Promise<T>) => Promise<{ value: T; ageMs: number }>;
  invalidate: (key: string) => void;
};

export type CacheResult = 'hit' | 'shared' | 'miss';

export type CacheOptions = {
  max: number;
  ttlMs: number;
  /** Values must survive JSON. */
  store?: SharedStore | undefined;
  onRead?: (result: CacheResult) => void;
};

/** Reads never extend a value's life, so a change shows after `ttlMs` even if its announcement is lost. */
export function createCache<T extends object>(options: CacheOptions): Cache<T> {
  const { max, ttlMs, store, onRead } = options;
  const values = new LRUCache<string, T>({ ...limitEntries(max), ttl: ttlMs });
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
