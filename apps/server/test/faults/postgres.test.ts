import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireHealthy } from '@linkgrove/api/testing';
import { migrateToLatest, openDatabase } from '@linkgrove/db';
import { startEmbeddedPostgres } from '@linkgrove/db/embedded';
import { takeBaseBackup } from '@linkgrove/db/testing';
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

/** The timeouts of waiting for a connection and of a statement together, twice for a busy machine. */
const PATIENCE_MS = 20_000;
const WORKERS = 6;

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

/** Sends signals to all PostgreSQL processes; for a fast restart, to the first one only. */
async function createSignal(url: string, pidFile: string) {
  const watcher = await connect(url);
  watcher.on('error', () => {});
  cleanUpLater(() => watcher.end());
  let others: number[] = [];
  return async (name: NodeJS.Signals): Promise<void> => {
    const first = Number(readFileSync(pidFile, 'utf8').split('\n', 1)[0]);
    if (name === 'SIGKILL' || name === 'SIGSTOP') {
      // While it is stopped it starts no new processes.
      process.kill(first, 'SIGSTOP');
      const { rows } = await watcher.query<{ pid: number }>('select pid from pg_stat_activity');
      others = rows.map(({ pid }) => pid);
    }
    for (const pid of [first, ...(name === 'SIGINT' ? [] : others)]) process.kill(pid, name);
  };
}

type Place = {
  server: Instance;
  url: string;
  signal: (signal: NodeJS.Signals) => Promise<void>;
  stop: () => Promise<void>;
};

function createDataDir(): string {
  const dataDir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'linkgrove-outage-'));
  cleanUpLater(async () => rmSync(dataDir, { recursive: true, force: true }));
  return dataDir;
}

/** A server on its own PostgreSQL, which can be killed and restarts by itself. */
async function startServerWithPostgres(settings: Record<string, string> = {}): Promise<Place> {
  const dataDir = createDataDir();
  const { url, stop } = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off', ...settings } });
  cleanUpLater(stop);
  await migrateToLatest(url);
  const server = await startInstance(url);
  cleanUpLater(server.close);
  const signal = await createSignal(url, join(dataDir, 'postgres/data/postmaster.pid'));
  return { server, url, signal, stop };
}

type Entry = { username: string; status: number; code: string; ms: number };

type Load = { journal: Entry[]; stop: () => Promise<void> };

/** Registers people by one referral link in parallel until it is stopped; the journal records every answer. */
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
      // Refusals come at once while nothing listens.
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

/** Waits until a new person can register. */
const expectHealthy = (server: Instance) =>
  expect
    .poll(async () => (await server.call('POST', '/api/register', { body: newPerson() })).status)
    .toBe(201);

/** Checks that every confirmed user is stored completely and counted, and that every answer came in time. */
async function expectPromisesKept({ url }: Place, { journal }: Load): Promise<void> {
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
  '%s: requests get 503 while PostgreSQL is %s under load, and everything works when it is back',
  async (_id, _how, how) => {
    const place = await startServerWithPostgres();
    const { server } = place;
    const load = await registerAll(server);
    await expect.poll(() => load.journal.length).toBeGreaterThan(20);
    await place.signal(how);
    expect((await server.call('GET', '/healthz')).status).toBe(200);
    const told = load.journal.length;
    await expectHealthy(server);
    await expect.poll(() => load.journal.length).toBeGreaterThan(told + 20);
    await load.stop();
    await expectPromisesKept(place, load);
  },
);

it('FT7: requests get 503 in time while PostgreSQL hangs under load, and nothing is lost when it continues', async () => {
  const place = await startServerWithPostgres();
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
  await expectHealthy(server);
  await expect.poll(() => load.journal.length).toBeGreaterThan(told + 20);
  await load.stop();
  await expectPromisesKept(place, load);
});

it('FT8: requests get 503 only where necessary when PostgreSQL is read-only or out of connections', async () => {
  const { server, url } = await startServerWithPostgres({ max_connections: '25' });
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
  // The last use is old, so a read would record a new one.
  await admin.query(`update sessions set last_used_at = now() - interval '1 day'`);
  await setReadOnly('on');
  const refused = await server.call('POST', '/api/register', { body: newPerson() });
  expect([refused.status, refused.body.code]).toEqual([503, 'UNAVAILABLE']);
  expect(await read()).toBe(200);
  await setReadOnly('off');
  await expectHealthy(server);

  const eaters: pg.Client[] = [];
  const eat = async (): Promise<void> => {
    eaters.push(await connect(url));
    return eat();
  };
  await expect(eat()).rejects.toThrow('too many clients');
  const crowded = await times(15, () => server.call('POST', '/api/register', { body: newPerson() }));
  expect(new Set(crowded.map(({ status }) => status)).isSubsetOf(new Set([201, 503]))).toBe(true);
  await Promise.all([...eaters, admin].map((client) => client.end()));
  await expectHealthy(server);
});

it('FT20: requests that wait for a locked table get 503 in time, and the server stays up', async () => {
  const { server, url } = await startServerWithPostgres();
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
  await expect
    .poll(async () => (await server.call('POST', '/api/login', { body })).status, { timeout: 8_000 })
    .toBe(200);
  await locker.end();
});

/** A server on a hot standby of the database, which follows it until it is promoted. */
async function startServerWithStandby({ url }: Place): Promise<{ server: Instance; url: string }> {
  const { hostname, port, username, password } = new URL(url);
  const dataDir = createDataDir();
  await takeBaseBackup(url, {
    dataDir,
    signal: 'standby',
    settings: { primary_conninfo: `host=${hostname} port=${port} user=${username} password=${password}` },
  });
  const standby = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
  cleanUpLater(standby.stop);
  const server = await startInstance(standby.url);
  cleanUpLater(server.close);
  return { server, url: standby.url };
}

const readinessOf = async (server: Instance) => {
  const { status, body } = await server.get('/readyz');
  return [status, body.detail ?? body.status];
};
const NO_WRITES = [503, 'The database accepts no writes'];

it('FT51: a server on a hot standby serves reads, refuses changes, is not ready, and takes over when it is promoted', async () => {
  const place = await startServerWithPostgres();
  const ada = await signUpPerson(place.server.url);
  const { server, url } = await startServerWithStandby(place);
  expect(await readinessOf(server)).toEqual(NO_WRITES);
  const refused = await server.register();
  expect([refused.status, refused.body.code]).toEqual([503, 'UNAVAILABLE']);
  const bob = await signUpPerson(place.server.url);
  const statusOf = async ({ token }: { token: string }) => (await server.get('/api/me', { token })).status;
  await expect.poll(() => Promise.all([ada, bob].map(statusOf))).toEqual([200, 200]);

  await place.server.close();
  await place.stop();
  const admin = await connect(url);
  await admin.query('select pg_promote()');
  await admin.end();
  await expect.poll(() => readinessOf(server)).toEqual([200, 'ready']);
  expect((await server.register()).status).toBe(201);
  expect(await Promise.all([ada, bob].map(statusOf))).toEqual([200, 200]);
});

/** PostgreSQL answers each change as it does when it cannot extend a file. */
const FILL_DISK = `
  create function refuse() returns trigger language plpgsql as $$
    begin raise 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;
  create function refuse_table() returns event_trigger language plpgsql as $$
    begin raise 'could not create file: No space left on device' using errcode = 'disk_full'; end $$;
  do $$ declare name text; begin
    for name in select tablename from pg_tables where schemaname = 'public' loop
      execute format('create trigger full_disk before insert or update or delete on %I
        for each statement execute function refuse()', name);
    end loop;
  end $$;
  create event trigger full_disk on ddl_command_start when tag in ('CREATE TABLE AS', 'CREATE TABLE')
    execute function refuse_table()`;
const EMPTY_DISK = 'drop event trigger full_disk; drop function refuse() cascade';

it('FT52: while the disk of PostgreSQL is full, changes get 503, reads go on, and readiness says so', async () => {
  const { server, url } = await startServerWithPostgres();
  const ada = await signUpPerson(server.url);
  const admin = await connect(url);
  await admin.query(`update sessions set last_used_at = now() - interval '1 day'`);
  await admin.query(FILL_DISK);
  const changes = await Promise.all([
    server.register(),
    server.login(ada.username),
    server.as(ada, 'PATCH', '/api/me', { displayName: 'Ada' }),
    server.post('/api/forgot-password', { email: ada.email }),
  ]);
  expect(changes.map(({ status, body }) => [status, body.code])).toEqual(
    changes.map(() => [503, 'UNAVAILABLE']),
  );
  for (const path of ['/api/me', '/api/pages', '/api/referral-stats'])
    expect([path, (await server.get(path, { token: ada.token })).status]).toEqual([path, 200]);
  expect(await readinessOf(server)).toEqual(NO_WRITES);
  await admin.query(EMPTY_DISK);
  await admin.end();
  await expectHealthy(server);
  await expect.poll(() => readinessOf(server)).toEqual([200, 'ready']);
});
