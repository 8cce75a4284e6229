import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createCache } from './cache.ts';

// Before the imports, since the cache keeps the clock that it finds when it is loaded; a value of time 0 would
// never grow old.
vi.hoisted(() => vi.useFakeTimers().advanceTimersByTime(1));

afterAll(() => {
  vi.useRealTimers();
});

type Value = { n: number };
const create = (max = 100) => createCache<Value>({ max, ttlMs: 1_000 });

/** A load that the test settles. */
function controlled() {
  const { promise, resolve, reject } = Promise.withResolvers<Value>();
  return { load: () => promise, resolve, reject };
}

/** A load that counts how often it ran. */
function counting() {
  let n = 0;
  return {
    load: async () => ({ n: ++n }),
    count: () => n,
  };
}

describe('a cache', () => {
  it('loads once for concurrent callers, and gives all the same value', async () => {
    const cache = create();
    const source = counting();
    const values = await Promise.all(Array.from({ length: 100 }, () => cache.get('a', source.load)));
    expect(source.count()).toBe(1);
    expect(new Set(values).size).toBe(1);
    expect(await cache.get('a', source.load)).toBe(values[0]);
    expect(source.count()).toBe(1);
  });

  it('loads each key separately', async () => {
    const cache = create();
    const keys = Array.from({ length: 50 }, (_, index) => `key ${index}`);
    const values = await Promise.all(keys.map((key, n) => cache.get(key, async () => ({ n }))));
    expect(values.map((value) => value.n)).toEqual(keys.map((_, index) => index));
  });

  it('accepts any key, even names of object members', async () => {
    const cache = create();
    for (const [n, key] of ['__proto__', 'constructor', 'toString', '', '\0'].entries()) {
      expect(await cache.get(key, async () => ({ n }))).toEqual({ n });
    }
  });

  it('passes a failure to all waiting callers, and loads again for the next', async () => {
    const cache = create();
    const { load, reject } = controlled();
    const waiting = Promise.allSettled([cache.get('a', load), cache.get('a', load)]);
    const fault = new Error('The database is away');
    reject(fault);
    expect(await waiting).toEqual([
      { status: 'rejected', reason: fault },
      { status: 'rejected', reason: fault },
    ]);
    expect(await cache.get('a', async () => ({ n: 2 }))).toEqual({ n: 2 });
  });

  it('survives a load that throws synchronously', async () => {
    const cache = create();
    const failing = cache.get('a', () => {
      throw new Error('at once');
    });
    await expect(failing).rejects.toThrow('at once');
    expect(await cache.get('a', async () => ({ n: 1 }))).toEqual({ n: 1 });
  });

  it('holds at most max entries, and drops the least recently used', async () => {
    const cache = create(2);
    const source = counting();
    await cache.get('a', source.load);
    await cache.get('b', source.load);
    await cache.get('a', source.load);
    await cache.get('c', source.load);
    expect(source.count()).toBe(3);
    await cache.get('a', source.load);
    expect(source.count()).toBe(3);
    await cache.get('b', source.load);
    expect(source.count()).toBe(4);
  });
});

describe('invalidating a key', () => {
  it('makes the next read load again, for this key only', async () => {
    const cache = create();
    const source = counting();
    await cache.get('a', source.load);
    await cache.get('b', source.load);
    cache.invalidate('a');
    await cache.get('b', source.load);
    expect(source.count()).toBe(2);
    expect(await cache.get('a', source.load)).toEqual({ n: 3 });
  });

  it('does nothing for an unknown key', () => {
    expect(() => create().invalidate('never')).not.toThrow();
  });

  it('keeps a load that started before from storing its value', async () => {
    const cache = create();
    const old = controlled();
    const asked = cache.get('a', old.load);
    cache.invalidate('a');
    old.resolve({ n: 1 });
    expect(await asked).toEqual({ n: 1 });
    expect(await cache.get('a', async () => ({ n: 2 }))).toEqual({ n: 2 });
  });

  it('lets later readers start their own load, whichever of the two ends first', async () => {
    for (const isOldFirst of [true, false]) {
      const cache = create();
      const [old, fresh] = [controlled(), controlled()];
      const before = cache.get('a', old.load);
      cache.invalidate('a');
      const after = cache.get('a', fresh.load);
      const ends = [() => old.resolve({ n: 1 }), () => fresh.resolve({ n: 2 })];
      for (const end of isOldFirst ? ends : ends.toReversed()) end();
      expect(await Promise.all([before, after])).toEqual([{ n: 1 }, { n: 2 }]);
      expect(await cache.get('a', async () => ({ n: 3 }))).toEqual({ n: 2 });
    }
  });

  it('is not undone by an older load that fails', async () => {
    const cache = create();
    const [old, fresh] = [controlled(), controlled()];
    const before = cache.get('a', old.load);
    cache.invalidate('a');
    const after = cache.get('a', fresh.load);
    old.reject(new Error('too late'));
    await expect(before).rejects.toThrow('too late');
    const joined = cache.get('a', async () => ({ n: 3 }));
    fresh.resolve({ n: 2 });
    expect(await Promise.all([after, joined])).toEqual([{ n: 2 }, { n: 2 }]);
  });

  it('is never followed by an older value, in any order of events', async () => {
    const action = fc.constantFrom('get', 'change', 'finish oldest', 'finish newest');
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
        const cache = create();
        let current = 0;
        const open: (() => void)[] = [];
        const reads: Promise<void>[] = [];
        const load = () => {
          const n = current;
          return new Promise<Value>((resolve) => open.push(() => resolve({ n })));
        };
        for (const act of actions) {
          if (act === 'get') {
            const atLeast = current;
            reads.push(cache.get('a', load).then((value) => expect(value.n).toBeGreaterThanOrEqual(atLeast)));
          } else if (act === 'change') {
            current += 1;
            cache.invalidate('a');
          } else (act === 'finish oldest' ? open.shift() : open.pop())?.();
          await Promise.resolve();
        }
        for (const finish of open) finish();
        await Promise.all(reads);
      }),
    );
  });
});

describe('the lifetime of a value', () => {
  it('ends a fixed time after the load, however often it is read', async () => {
    const cache = create();
    const source = counting();
    await cache.get('a', source.load);
    for (let read = 0; read < 9; read += 1) {
      vi.advanceTimersByTime(100);
      expect(await cache.get('a', source.load)).toEqual({ n: 1 });
    }
    vi.advanceTimersByTime(100);
    expect(await cache.get('a', source.load)).toEqual({ n: 1 });
    vi.advanceTimersByTime(2);
    expect(await cache.get('a', source.load)).toEqual({ n: 2 });
  });
});
