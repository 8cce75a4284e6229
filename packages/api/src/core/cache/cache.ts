import { LRUCache } from 'lru-cache';

/** A bounded cache whose entries live for a fixed time. */
export type Cache<T extends object> = {
  /** The value of `key`, loaded once however many in this process ask at the same time. Failures are not kept. */
  get: (key: string, load: () => Promise<T>) => Promise<T>;
  /** The value of `key` if this process has it. */
  peek: (key: string) => T | undefined;
  /** Forgets `key`, here and where it is shared; a load that began before never puts its older value back. */
  invalidate: (key: string) => void;
  /** Forgets `key` in this process only, because another one has invalidated it. */
  drop: (key: string) => void;
};

/** A place behind the caches of several processes. Never throws: where it is away, values are loaded. */
export type SharedStore = {
  /** The value that is kept, or what `load` gives, with how many milliseconds old it was when it was asked for. */
  get: <T extends object>(key: string, load: () => Promise<T>) => Promise<{ value: T; ageMs: number }>;
  invalidate: (key: string) => void;
};

/** Whether a value was here, with others in the store, or had to be loaded. */
export type CacheResult = 'hit' | 'shared' | 'miss';

export type CacheOptions = {
  /** Most entries in this process. */
  max: number;
  /** Milliseconds for which a value is good, from the moment its load began. */
  ttlMs: number;
  /** Makes it a shared cache; its values must survive JSON. */
  store?: SharedStore | undefined;
  /** Called at each read. */
  onRead?: (result: CacheResult) => void;
};

/**
 * Makes a cache in this process, or with a `store` a small one in front of what processes share. No read prolongs
 * a value, so what someone else changes is seen after `ttlMs` even if nobody told of it.
 */
export function createCache<T extends object>(options: CacheOptions): Cache<T> {
  const { max, ttlMs, store, onRead } = options;
  const values = new LRUCache<string, T>({ max, ttl: ttlMs });
  const loading = new Map<string, Promise<T>>();

  const read = async (key: string, load: () => Promise<T>): Promise<{ value: T; ageMs: number }> => {
    let result: CacheResult = 'shared';
    const own = () => {
      result = 'miss';
      return load();
    };
    try {
      return store ? await store.get(key, own) : { value: await own(), ageMs: 0 };
    } finally {
      onRead?.(result);
    }
  };

  const fill = (key: string, load: () => Promise<T>): Promise<T> => {
    // What is read is as old as its beginning; a slow load must not prolong it.
    const start = performance.now();
    const started = read(key, load)
      .then(({ value, ageMs }) => {
        // Still the load of record? An invalidation in between has removed it.
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
      const coming = loading.get(key);
      if (coming) onRead?.('hit');
      return coming ?? fill(key, load);
    },
    peek,
    invalidate: (key) => {
      drop(key);
      store?.invalidate(key);
    },
    drop,
  };
}
