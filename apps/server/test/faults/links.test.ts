import { setTimeout as sleep } from 'node:timers/promises';
import { hasProgram, startRedis } from '@linkgrove/api/testing';
import { cloneDatabase, startProxy, type TestProxy } from '@linkgrove/db/testing';
import { describe, expect, inject, it } from 'vitest';
import { cleanUpLater, eventually, type Instance, newPerson, startInstance, times } from '../kit/index.ts';

type Links = { server: Instance; database: TestProxy; redis: TestProxy };

/** A server whose links to PostgreSQL and Redis can be made bad. */
async function start(): Promise<Links> {
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
  it('goes on over slow links', async () => {
    const { server, database, redis } = await start();
    database.delay(100);
    redis.delay(500);
    const answers = await times(5, () => register(server));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
  });

  it('goes on over links that break all the time, and loses nothing that it promised', async () => {
    const { server, database, redis } = await start();
    const journal: Awaited<ReturnType<typeof register>>[] = [];
    let isBad = true;
    const work = async () => {
      while (isBad) journal.push(await register(server));
    };
    const workers = Promise.all([1, 2, 3, 4].map(work));
    for (let cuts = 0; cuts < 30; cuts += 1) {
      await sleep(Math.random() * 80);
      (cuts % 2 ? redis : database).cut();
    }
    isBad = false;
    await workers;
    for (const { status, code, ms } of journal) {
      expect([201, 503]).toContain(status);
      expect(code).toBe(status === 201 ? undefined : 'UNAVAILABLE');
      expect(ms).toBeLessThan(10_000);
    }
    await expect.poll(async () => (await register(server)).status).toBe(201);
    await expect.poll(async () => (await server.call('GET', '/readyz')).status).toBe(200);
    const rows = await server.app.db.selectFrom('users').select('username').execute();
    const there = new Set(rows.map(({ username }) => username));
    const promised = journal.filter(({ status }) => status === 201);
    expect(promised.length).toBeGreaterThan(0);
    expect(promised.filter(({ username }) => !there.has(username))).toEqual([]);
  });

  it('gives up a link to Redis that swallows everything, and finds it again when it is mended', async () => {
    const { server, redis } = await start();
    redis.freeze();
    for (const { status, ms } of await Promise.all([1, 2, 3].map(() => register(server)))) {
      expect(status).toBe(201);
      expect(ms).toBeLessThan(2_000);
    }
    await expect.poll(() => server.app.redis?.status).not.toBe('ready');
    redis.resume();
    await expect.poll(() => server.app.redis?.status).toBe('ready');
  });
});
