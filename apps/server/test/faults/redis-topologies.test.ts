import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRedis } from '@linkgrove/api/redis';
import {
  findFreePort,
  hasProgram,
  type Mailbox,
  startMailbox,
  startRedis,
  type TestRedis,
  waitForPort,
} from '@linkgrove/api/testing';
import { cloneDatabase } from '@linkgrove/db/testing';
import { startWorker } from '@linkgrove/worker';
import { describe, expect, inject, it } from 'vitest';
import {
  cleanUpLater,
  eventually,
  type Instance,
  settleRedis,
  signUpPerson,
  startInstance,
} from '../kit/index.ts';

const startNode = async (settings: Parameters<typeof startRedis>[0]): Promise<TestRedis> => {
  const node = await startRedis(settings);
  cleanUpLater(node.close);
  return node;
};

/** Sends one command to one server. */
async function sendCommand(url: string, ...command: [string, ...string[]]): Promise<unknown> {
  const client = connectRedis(url, { onError: () => {} });
  try {
    const [name, ...args] = command;
    return await client.call(name, ...args);
  } finally {
    client.disconnect();
  }
}

const SLOTS = 16_384;

/** Three masters that share the slots. */
async function startCluster(): Promise<string> {
  const nodes: TestRedis[] = [];
  const settings = async () => ({ 'cluster-enabled': 'yes', 'cluster-port': `${await findFreePort()}` });
  for (const _ of [1, 2, 3]) nodes.push(await startNode(settings));
  for (const [index, { url, port }] of nodes.entries()) {
    const first = Math.ceil((SLOTS / 3) * index);
    const last = Math.ceil((SLOTS / 3) * (index + 1)) - 1;
    await sendCommand(url, 'CLUSTER', 'ADDSLOTSRANGE', `${first}`, `${last}`);
    const bus = (await sendCommand(url, 'CONFIG', 'GET', 'cluster-port')) as string[];
    await sendCommand((nodes[0] as TestRedis).url, 'CLUSTER', 'MEET', '127.0.0.1', `${port}`, bus[1] ?? '');
  }
  for (const { url } of nodes)
    await eventually(async () =>
      String(await sendCommand(url, 'CLUSTER', 'INFO')).includes('cluster_state:ok'),
    );
  return `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
}

/** A master with a replica, watched by a Sentinel. */
async function startSentinel(): Promise<{ url: string; master: TestRedis }> {
  const master = await startNode({ 'repl-diskless-sync-delay': '0' });
  await startNode({ replicaof: `127.0.0.1 ${master.port}` });
  const replication = async () => String(await sendCommand(master.url, 'INFO', 'replication'));
  await eventually(async () => (await replication()).includes('state=online'));
  const dir = mkdtempSync(join(tmpdir(), 'linkgrove-sentinel-'));
  const port = await findFreePort();
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    `sentinel monitor tree 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds tree 500',
    'sentinel failover-timeout tree 3000',
  ];
  writeFileSync(join(dir, 'sentinel.conf'), lines.join('\n'));
  const sentinel = spawn('redis-server', [join(dir, 'sentinel.conf'), '--sentinel'], { stdio: 'ignore' });
  cleanUpLater(async () => {
    const ended = once(sentinel, 'exit');
    sentinel.kill('SIGKILL');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  });
  await waitForPort(port);
  const knowsReplica = async () => {
    const known = await sendCommand(`redis://127.0.0.1:${port}`, 'SENTINEL', 'REPLICAS', 'tree');
    return String(known).includes('master-link-status,ok');
  };
  await eventually(knowsReplica);
  return { url: `redis+sentinel://127.0.0.1:${port}/tree`, master };
}

/** Two servers that share a limit of ten sign-ins. */
async function startTwo(redisUrl: string): Promise<[Instance, Instance]> {
  const database = await cloneDatabase(inject('databaseServerUrl'));
  cleanUpLater(database.drop);
  const start = async () => {
    const env = { REDIS_URL: redisUrl, SMTP_URL: 'smtp://127.0.0.1:1', RATE_LIMIT_LOGIN: '10/15m' };
    const instance = await startInstance(database.url, env);
    cleanUpLater(instance.close);
    await settleRedis(instance);
    return instance;
  };
  return [await start(), await start()];
}

/** How many of forty sign-in attempts, split between two servers, are checked. */
async function countChecked(servers: [Instance, Instance]): Promise<number> {
  const attempts = Array.from({ length: 20 }, (_, n) => {
    const body = { identifier: `nobody${n}`, password: 'wrong-horse-battery' };
    return servers.map(({ call }) => call('POST', '/api/login', { body }));
  });
  const statuses = (await Promise.all(attempts.flat())).map(({ status }) => status);
  return statuses.filter((status) => status === 401).length;
}

/** Checks that the second server sees changes of the first, by notification and in shared data. */
async function expectShared([one, two]: [Instance, Instance]): Promise<void> {
  const ada = await signUpPerson(one.url);
  const stats = async (server: Instance) =>
    (await server.call('GET', '/api/referral-stats', { token: ada.token })).body.pending;
  expect(await stats(two)).toBe(0);
  await signUpPerson(one.url, { referralCode: ada.user.referralCode });
  expect(await stats(one)).toBe(1);
  await expect.poll(() => stats(two)).toBe(1);
  await one.call('POST', '/api/logout', { cookie: ada.cookie });
  const status = async () => (await two.call('GET', '/api/me', { token: ada.token })).status;
  await expect.poll(status).toBe(401);
}

/** Two workers on the same Redis and database, with a mailbox. */
async function startWorkers([{ app }]: [Instance, Instance]): Promise<Mailbox> {
  const mailbox = await startMailbox();
  cleanUpLater(mailbox.close);
  const config = { ...app.config, smtpUrl: mailbox.url };
  for (const _ of [1, 2]) {
    const worker = await startWorker({ ...app, config }, { databaseUrl: app.databaseUrl, pollMs: 20 });
    cleanUpLater(worker.close);
  }
  return mailbox;
}

/** Checks that the mail of a sign-up is delivered. */
async function expectMail([server]: [Instance, Instance], { received }: Mailbox): Promise<void> {
  const { email } = await signUpPerson(server.url);
  const arrived = () => received.filter(({ to }) => to === email).length;
  await expect.poll(arrived).toBe(1);
}

describe.skipIf(!hasProgram('redis-server', process.env))(
  'two servers share limits and caches, and two workers share queues,',
  { timeout: 180_000 },
  () => {
    it('on a Redis Cluster', async () => {
      const servers = await startTwo(await startCluster());
      expect(await countChecked(servers)).toBe(10);
      await expectShared(servers);
      expect((await servers[0].call('GET', '/readyz')).status).toBe(200);
      await expectMail(servers, await startWorkers(servers));
    });

    it('on a Redis behind Sentinels, also after a failover to its replica', async () => {
      const { url, master } = await startSentinel();
      const servers = await startTwo(url);
      expect(await countChecked(servers)).toBe(10);
      await expectShared(servers);
      const mailbox = await startWorkers(servers);
      await expectMail(servers, mailbox);
      const ready = async () => (await servers[0].call('GET', '/readyz')).status;
      const killed = master.kill();
      await expect.poll(ready).toBe(503);
      await killed;
      await expect.poll(ready).toBe(200);
      await expectShared(servers);
      await expectMail(servers, mailbox);
    });
  },
);
