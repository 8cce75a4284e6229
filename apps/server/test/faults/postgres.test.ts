import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireHealthy } from '@linkgrove/api/testing';
import { migrateToLatest, openDatabase } from '@linkgrove/db';
import { startEmbeddedPostgres } from '@linkgrove/db/embedded';
import pg from 'pg';
import { expect, it } from 'vitest';
import {
  call,
  cleanUpLater,
  type Instance,
  newPerson,
  PASSWORD,
  signUpPerson,
  startInstance,
  times,
} from '../kit/index.ts';

/** The longest that a statement, and before it the wait for a connection, may take, and a bit. */
const PATIENCE_MS = 10_000;
const WORKERS = 6;

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

/** Sends signals to all processes of a PostgreSQL; a fast restart is for the first of them to arrange. */
async function createSignal(url: string, pidFile: string) {
  const watcher = await connect(url);
  watcher.on('error', () => {});
  cleanUpLater(() => watcher.end());
  let others: number[] = [];
  return async (name: NodeJS.Signals): Promise<void> => {
    const first = Number(readFileSync(pidFile, 'utf8').split('\n', 1)[0]);
    if (name === 'SIGKILL' || name === 'SIGSTOP') {
      // While it is stopped nobody new is born.
      process.kill(first, 'SIGSTOP');
      const { rows } = await watcher.query<{ pid: number }>('select pid from pg_stat_activity');
      others = rows.map(({ pid }) => pid);
    }
    for (const pid of [first, ...(name === 'SIGINT' ? [] : others)]) process.kill(pid, name);
  };
}

type Place = { server: Instance; url: string; signal: (signal: NodeJS.Signals) => Promise<void> };

/** A server on a PostgreSQL of its own that can be killed, and then comes back by itself. */
async function start(settings: Record<string, string> = {}): Promise<Place> {
  const dataDir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'linkgrove-outage-'));
  cleanUpLater(async () => rmSync(dataDir, { recursive: true, force: true }));
  const { url, stop } = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off', ...settings } });
  cleanUpLater(stop);
  await migrateToLatest(url);
  const server = await startInstance(url);
  cleanUpLater(server.close);
  return { server, url, signal: await createSignal(url, join(dataDir, 'postgres/data/postmaster.pid')) };
}

type Entry = { username: string; status: number; code: string; ms: number };

type Load = { journal: Entry[]; stop: () => Promise<void> };

/** One person's link brings people, several at a time, until it is told to stop; the journal has what each was told. */
async function registerAll(server: Instance): Promise<Load> {
  const { user: referrer } = await signUpPerson(server.url);
  const journal: Entry[] = [];
  let stopped = false;
  const work = async () => {
    while (!stopped) {
      const { username, email, password } = newPerson();
      const began = performance.now();
      const body = { username, email, password, referralCode: referrer.referralCode };
      const { status, body: answer } = await server.call('POST', '/api/register', { body });
      journal.push({ username, status, code: answer.code ?? 'ok', ms: performance.now() - began });
      // A refusal comes at once where nothing listens.
      if (status !== 201) await sleep(50);
    }
  };
  const done = times(WORKERS, work);
  return {
    journal,
    stop: async () => {
      stopped = true;
      await done;
    },
  };
}

/** Resolves when someone new can register; fails after ten seconds. */
const healthy = (server: Instance) =>
  expect
    .poll(async () => (await server.call('POST', '/api/register', { body: newPerson() })).status)
    .toBe(201);

/** Who was told that they have an account has one, whole and counted; and everyone was told something in time. */
async function expectTruth({ url }: Place, { journal }: Load): Promise<void> {
  for (const { status, code, ms } of journal) {
    expect([201, 503]).toContain(status);
    expect(code).toBe(status === 201 ? 'ok' : 'UNAVAILABLE');
    expect(ms).toBeLessThan(PATIENCE_MS);
  }
  const client = await connect(url);
  const { rows } = await client.query<{ username: string; whole: boolean }>(
    `select username, exists (select from referral_links where user_id = users.id) and exists (
       select from referrals where referred_user_id = users.id
     ) as whole from users where referred_by is not null`,
  );
  const { rows: open } = await client.query(
    `select from pg_stat_activity where state like 'idle in transaction%'`,
  );
  await client.end();
  expect(open).toHaveLength(0);
  expect(rows.every(({ whole }) => whole)).toBe(true);
  const there = new Set(rows.map(({ username }) => username));
  const promised = journal.filter(({ status }) => status === 201);
  expect(promised.filter(({ username }) => !there.has(username))).toEqual([]);
  const { db, close } = openDatabase({ url });
  cleanUpLater(close);
  await requireHealthy({ db });
}

it.each<[string, string, NodeJS.Signals]>([
  ['FT5', 'killed', 'SIGKILL'],
  ['FT6', 'restarted fast', 'SIGINT'],
])(
  '%s: PostgreSQL %s under load is answered with 503, and all is well when it is back',
  async (_id, _how, how) => {
    const place = await start();
    const { server } = place;
    const load = await registerAll(server);
    await expect.poll(() => load.journal.length).toBeGreaterThan(20);
    await place.signal(how);
    expect((await server.call('GET', '/healthz')).status).toBe(200);
    const told = load.journal.length;
    await healthy(server);
    await expect.poll(() => load.journal.length).toBeGreaterThan(told + 20);
    await load.stop();
    await expectTruth(place, load);
  },
);

it('FT7: PostgreSQL that hangs under load is answered with 503 in time, and loses nothing when it goes on', async () => {
  const place = await start();
  const { server } = place;
  const load = await registerAll(server);
  await expect.poll(() => load.journal.length).toBeGreaterThan(20);
  await place.signal('SIGSTOP');
  const refused = () => load.journal.filter(({ status }) => status === 503).length;
  await expect.poll(refused, { timeout: PATIENCE_MS }).toBeGreaterThan(WORKERS);
  const { status, body } = await server.call('GET', '/readyz');
  expect([status, body.detail]).toEqual([503, 'The database does not answer']);
  expect((await server.call('GET', '/healthz')).status).toBe(200);
  await place.signal('SIGCONT');
  const told = load.journal.length;
  await healthy(server);
  await expect.poll(() => load.journal.length).toBeGreaterThan(told + 20);
  await load.stop();
  await expectTruth(place, load);
});

it('FT8: a PostgreSQL that takes no writes, or no more connections, is answered with 503 where it must be', async () => {
  const { server, url } = await start({ max_connections: '25' });
  const ada = await signUpPerson(server.url);
  const admin = await connect(url);
  const setReadOnly = async (value: 'on' | 'off') => {
    await admin.query(`alter system set default_transaction_read_only = ${value}`);
    await admin.query('select pg_reload_conf()');
    const reader = await connect(url);
    await expect
      .poll(async () => (await reader.query('show default_transaction_read_only')).rows[0])
      .toEqual({ default_transaction_read_only: value });
    await reader.end();
  };
  const read = async () => (await server.call('GET', '/api/me', { token: ada.token })).status;
  // The session was last seen long ago, which a read would note down.
  await admin.query(`update sessions set last_used_at = now() - interval '1 day'`);
  await setReadOnly('on');
  const refused = await server.call('POST', '/api/register', { body: newPerson() });
  expect([refused.status, refused.body.code]).toEqual([503, 'UNAVAILABLE']);
  expect(await read()).toBe(200);
  await setReadOnly('off');
  await healthy(server);

  const eaters: pg.Client[] = [];
  const eat = async (): Promise<void> => {
    eaters.push(await connect(url));
    return eat();
  };
  await expect(eat()).rejects.toThrow('too many clients');
  const crowded = await times(15, () => server.call('POST', '/api/register', { body: newPerson() }));
  expect(new Set(crowded.map(({ status }) => status)).isSubsetOf(new Set([201, 503]))).toBe(true);
  await Promise.all([...eaters, admin].map((client) => client.end()));
  await healthy(server);
});

it('FT20: requests that wait for a locked table are answered with 503 in time, and the server lives on', async () => {
  const { server, url } = await start();
  const ada = await signUpPerson(server.url);
  const locker = await connect(url);
  await locker.query('begin; lock table users in access exclusive mode');
  const began = performance.now();
  const body = { identifier: ada.username, password: PASSWORD };
  const waiting = times(100, async () => {
    const { status } = await call(server.url, 'POST', '/api/login', { body });
    return [status, performance.now() - began] as const;
  });
  expect((await server.call('GET', '/healthz')).status).toBe(200);
  for (const [status, ms] of await waiting) {
    expect(status).toBe(503);
    expect(ms).toBeLessThan(PATIENCE_MS);
  }
  await locker.query('commit');
  const released = performance.now();
  await expect.poll(async () => (await server.call('POST', '/api/login', { body })).status).toBe(200);
  expect(performance.now() - released).toBeLessThan(2_000);
  await locker.end();
});
