import { setTimeout as sleep } from 'node:timers/promises';
import { hasProgram, startRedis } from '@linkgrove/api/testing';
import { cloneDatabase, startProxy, type TestProxy } from '@linkgrove/db/testing';
import { describe, expect, inject, it } from 'vitest';
import { cleanUpLater, eventually, type Instance, newPerson, startInstance, times } from '../kit/index.ts';

/** Far above any timeout of the product, for a busy machine, and far below any wait without one. */
const PATIENCE_MS = 20_000;

type Links = { server: Instance; database: TestProxy; redis: TestProxy };

/** A server whose links to PostgreSQL and Redis can be slowed down or cut. */
async function startOnProxies(): Promise<Links> {
  const { url, drop } = await cloneDatabase(inject('databaseServerUrl'));
  cleanUpLater(drop);
  const target = await startRedis();
  cleanUpLater(target.close);
  const [database, redis] = [await startProxy(url), await startProxy(target.url)];
  cleanUpLater(database.close, redis.close);
  const server = await startInstance(database.url, { REDIS_URL: redis.url });
  cleanUpLater(server.close);
  await eventually(() => server.app.redis?.status === 'ready');
  return { server, database, redis };
}

const register = async ({ call }: Instance) => {
  const person = newPerson();
  const began = performance.now();
  const { status, body } = await call('POST', '/api/register', { body: person });
  return { ...person, status, code: body.code as string, ms: performance.now() - began };
};

describe.skipIf(!hasProgram('redis-server', process.env))('FT30: a server', () => {
  it('works over slow links', async () => {
    const { server, database, redis } = await startOnProxies();
    database.delay(100);
    redis.delay(500);
    const answers = await times(5, () => register(server));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
  });

  it('works over links that keep breaking, and loses nothing that it confirmed', async () => {
    const { server, database, redis } = await startOnProxies();
    const journal: Awaited<ReturnType<typeof register>>[] = [];
    let isBad = true;
    const work = async () => {
      while (isBad) journal.push(await register(server));
    };
    const workers = Promise.all([1, 2, 3, 4].map(work));
    const promised = () => journal.filter(({ status }) => status === 201);
    // The pauses grow, so that even a busy machine gets something done in between.
    for (let cuts = 0; cuts < 30 || promised().length === 0; cuts += 1) {
      await sleep(Math.random() * Math.max(80, 3 * cuts));
      (cuts % 2 ? redis : database).cut();
    }
    isBad = false;
    await workers;
    for (const { status, code, ms } of journal) {
      expect([201, 503]).toContain(status);
      expect(code).toBe(status === 201 ? undefined : 'UNAVAILABLE');
      expect(ms).toBeLessThan(PATIENCE_MS);
    }
    await expect.poll(async () => (await register(server)).status).toBe(201);
    await expect.poll(async () => (await server.call('GET', '/readyz')).status).toBe(200);
    const rows = await server.app.db.selectFrom('users').select('username').execute();
    const there = new Set(rows.map(({ username }) => username));
    expect(promised().filter(({ username }) => !there.has(username))).toEqual([]);
  });

  it('drops a Redis link that swallows everything, and reconnects when it recovers', async () => {
    const { server, redis } = await startOnProxies();
    redis.freeze();
    for (const { status, ms } of await Promise.all([1, 2, 3].map(() => register(server)))) {
      expect(status).toBe(201);
      expect(ms).toBeLessThan(PATIENCE_MS);
    }
    await expect.poll(() => server.app.redis?.status).not.toBe('ready');
    redis.resume();
    await expect.poll(() => server.app.redis?.status).toBe('ready');
  });
});
