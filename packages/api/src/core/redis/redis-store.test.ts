import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasProgram, startRedis, type TestRedis } from '../../testing/index.ts';
import { type Cache, createCache } from '../cache/cache.ts';
import { createRedisStore } from './redis-store.ts';
import { connectRedis, type RedisClient, type RedisSettings, REQUEST_SETTINGS } from './redis.ts';

type Value = { n: number };
const TTL_MS = 5_000;

let server: TestRedis;
const clients: RedisClient[] = [];
const connect = async (settings: RedisSettings = REQUEST_SETTINGS): Promise<RedisClient> => {
  const client = connectRedis(server.url, { ...settings, onError: () => {} });
  clients.push(client);
  await once(client, 'ready');
  return client;
};
/** The cache of one process, without what processes tell each other. */
const create = (client: RedisClient, ttlMs = TTL_MS): Cache<Value> =>
  createCache<Value>({ max: 100, ttlMs, store: createRedisStore(client, 'test', ttlMs) });

let keys = 0;
const newKey = () => `key ${(keys += 1)}`;
const never = () => Promise.reject(new Error('This must not be loaded'));
/** What is put into Redis is there a moment after the load. */
const settled = (client: RedisClient, key: string) =>
  expect.poll(() => client.get(`linkgrove:cache:test:${key}`)).toMatch(/^value /);

/** A load that the test settles. */
function controlled() {
  const { promise, resolve } = Promise.withResolvers<Value>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const load = () => {
    begin();
    return promise;
  };
  return { load, begun, resolve };
}

describe.skipIf(!hasProgram('redis-server', process.env))('a cache behind which Redis is shared', () => {
  // A busy machine may need longer for an answer than a request waits for it.
  const patient = { ...REQUEST_SETTINGS, commandTimeout: 20_000, socketTimeout: 20_000 };
  let one: RedisClient;
  let two: RedisClient;
  beforeAll(async () => {
    server = await startRedis();
    [one, two] = [await connect(patient), await connect(patient)];
    // From now on Redis knows the scripts, so that a `ping` is answered after them.
    for (const client of [one, two]) {
      await create(client).get(newKey(), async () => ({ n: 1 }));
      await client.ping();
    }
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await server.close();
  });

  it('shares a loaded value with every process', async () => {
    const key = newKey();
    expect(await create(one).get(key, async () => ({ n: 1 }))).toEqual({ n: 1 });
    await settled(one, key);
    expect(await create(two).get(key, never)).toEqual({ n: 1 });
  });

  it('reports where a value came from', async () => {
    const seen: string[] = [];
    const reading = () =>
      createCache<Value>({
        max: 9,
        ttlMs: TTL_MS,
        store: createRedisStore(one, 'test', TTL_MS),
        onRead: (result) => seen.push(result),
      });
    const key = newKey();
    await reading().get(key, async () => ({ n: 1 }));
    await settled(one, key);
    const cache = reading();
    await cache.get(key, never);
    await cache.get(key, never);
    expect(seen).toEqual(['miss', 'shared', 'hit']);
  });

  it('expires a value at a fixed age, which no process and no read extends', async () => {
    const key = newKey();
    const began = performance.now();
    let loads = 0;
    const load = async () => ({ n: (loads += 1) });
    let value = await create(two, 300).get(key, load);
    // Nobody else asks before it is stored.
    await two.ping();
    while (value.n === 1) {
      // A process that has just begun asks each time.
      value = await create(loads % 2 ? one : two, 300).get(key, load);
      await sleep(5);
    }
    expect(performance.now() - began).toBeGreaterThanOrEqual(299);
    expect(loads).toBe(2);
  });

  it('expires a value at the same moment in a process that read it from Redis', async () => {
    const key = newKey();
    const taker = create(two, 2_000);
    await create(one, 2_000).get(key, async () => ({ n: 1 }));
    const loaded = performance.now();
    await one.ping();
    await sleep(300);
    let lastOld = loaded;
    for (let value: Value = { n: 1 }; value.n === 1; await sleep(5)) {
      const began = performance.now();
      value = await taker.get(key, async () => ({ n: 2 }));
      if (value.n === 1) lastOld = began;
    }
    expect(lastOld - loaded).toBeGreaterThan(300);
    expect(lastOld - loaded).toBeLessThanOrEqual(2_000);
  });

  it('never stores a value that was read before another process changed it', async () => {
    const key = newKey();
    const [slow, writer] = [create(one), create(two)];
    const old = controlled();
    const asked = slow.get(key, old.load);
    await old.begun;
    writer.invalidate(key);
    slow.drop(key);
    await two.ping();
    old.resolve({ n: 1 });
    expect(await asked).toEqual({ n: 1 });
    await one.ping();
    for (const client of [one, two])
      expect(await create(client).get(key, async () => ({ n: 2 }))).toEqual({ n: 2 });
    expect(await slow.get(key, async () => ({ n: 2 }))).toEqual({ n: 2 });
  });

  it('never stores an outdated value under the lease of a later reader', async () => {
    const key = newKey();
    const [old, fresh] = [controlled(), controlled()];
    const before = create(one).get(key, old.load);
    await old.begun;
    create(two).invalidate(key);
    const after = create(two).get(key, fresh.load);
    await fresh.begun;
    old.resolve({ n: 1 });
    await before;
    await one.ping();
    expect(await create(one).get(key, async () => ({ n: 2 }))).toEqual({ n: 2 });
    fresh.resolve({ n: 2 });
    await after;
    await two.ping();
    expect(await create(one).get(key, never)).toEqual({ n: 2 });
  });

  it('never stores an outdated value, even if Redis lost its data in between', async () => {
    const key = newKey();
    const old = controlled();
    const asked = create(one).get(key, old.load);
    await old.begun;
    create(two).invalidate(key);
    await two.flushall();
    old.resolve({ n: 1 });
    await asked;
    await one.ping();
    expect(await create(two).get(key, async () => ({ n: 2 }))).toEqual({ n: 2 });
  });

  it('ignores values of unknown age, as after a clock was set back', async () => {
    const key = newKey();
    await create(one).get(key, async () => ({ n: 1 }));
    await settled(one, key);
    await one.pexpire(`linkgrove:cache:test:${key}`, TTL_MS + 60_000);
    expect(await create(two).get(key, async () => ({ n: 2 }))).toEqual({ n: 2 });
  });

  it('never returns a value from before an invalidation, in any order of events', async () => {
    const action = fc.constantFrom(
      'get',
      'get elsewhere',
      'change',
      'finish oldest',
      'finish newest',
      'wait',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
        const key = newKey();
        const [here, there] = [create(one), create(two)];
        let current = 0;
        const open: (() => void)[] = [];
        const reads: Promise<void>[] = [];
        const load = () => {
          const n = current;
          return new Promise<Value>((resolve) => open.push(() => resolve({ n })));
        };
        const read = (cache: Cache<Value>) => {
          const atLeast = current;
          reads.push(cache.get(key, load).then((value) => expect(value.n).toBeGreaterThanOrEqual(atLeast)));
        };
        for (const act of actions) {
          if (act === 'get') read(here);
          else if (act === 'get elsewhere') read(there);
          else if (act === 'wait') await Promise.all([one.ping(), two.ping()]);
          else if (act === 'change') {
            current += 1;
            here.invalidate(key);
            // Told through Redis after it was forgotten there.
            await one.ping();
            there.drop(key);
          } else (act === 'finish oldest' ? open.shift() : open.pop())?.();
        }
        const done = Promise.all(reads);
        const finish = setInterval(() => {
          for (const end of open.splice(0)) end();
        }, 1);
        await done.finally(() => clearInterval(finish));
      }),
      { numRuns: 150 },
    );
  });
});

describe.skipIf(!hasProgram('redis-server', process.env))('while Redis fails', () => {
  it('values are loaded quickly, and no outdated one is used after it returns', async () => {
    server = await startRedis({ appendonly: 'yes', appendfsync: 'always' });
    const [one, two] = [await connect(), await connect()];
    const [cache, other] = [create(one), create(two)];
    const key = newKey();
    await cache.get(key, async () => ({ n: 1 }));
    await settled(one, key);
    await server.kill();
    await expect.poll(() => one.status).not.toBe('ready');
    expect(await cache.get(newKey(), async () => ({ n: 7 }))).toEqual({ n: 7 });
    // Redis does not hear of this one, and still has the value when it is back.
    cache.invalidate(key);
    other.drop(key);
    await server.restart();
    await Promise.all([one, two].map((client) => expect.poll(() => client.status).toBe('ready')));
    expect(await cache.get(key, async () => ({ n: 2 }))).toEqual({ n: 2 });
    server.freeze();
    const began = performance.now();
    expect(await create(two).get(newKey(), async () => ({ n: 8 }))).toEqual({ n: 8 });
    // Without a timeout it would wait for ever.
    expect(performance.now() - began).toBeLessThan(8_000);
    await expect.poll(() => two.status).not.toBe('ready');
    server.resume();
    await expect.poll(() => two.status).toBe('ready');
    for (const client of [one, two]) client.disconnect();
    await server.close();
  });
});
