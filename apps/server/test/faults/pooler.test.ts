import { randomBytes } from 'node:crypto';
import { hasProgram, startMailbox, startPgBouncer, type TestPooler, tokenIn } from '@linkgrove/api/testing';
import { migrateToLatest } from '@linkgrove/db';
import { startWorker } from '@linkgrove/worker';
import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import {
  cleanUpLater,
  type Instance,
  newPerson,
  PASSWORD,
  range,
  signUpPerson,
  startInstance,
  times,
} from '../kit/index.ts';

async function query<T extends object>(connectionString: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

/** An empty database behind PgBouncer in transaction mode. */
async function startEmpty(): Promise<{ straightUrl: string; pooler: TestPooler }> {
  const serverUrl = inject('databaseServerUrl');
  const name = `test_pooled_${randomBytes(6).toString('hex')}`;
  await query(serverUrl, `create database ${name}`);
  cleanUpLater(() => query(serverUrl, `drop database if exists ${name} with (force)`));
  const straightUrl = new URL(serverUrl);
  straightUrl.pathname = `/${name}`;
  const pooler = await startPgBouncer(straightUrl.href);
  cleanUpLater(pooler.close);
  return { straightUrl: straightUrl.href, pooler };
}

async function startServer(url: string, smtpUrl = 'smtp://127.0.0.1:1'): Promise<Instance> {
  const instance = await startInstance(url, { SMTP_URL: smtpUrl });
  cleanUpLater(instance.close);
  return instance;
}

describe.skipIf(!hasProgram('pgbouncer', process.env))('through PgBouncer in transaction mode', () => {
  it('FT21: three processes migrate at once, and exactly one of them applies all migrations', async () => {
    const { pooler } = await startEmpty();
    const applied = await Promise.all([1, 2, 3].map(() => migrateToLatest(pooler.url)));
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
    expect(await migrateToLatest(pooler.url)).toEqual([]);
  });

  it('accounts, mail, counts and scheduled jobs work, and no lock, listener or prepared statement is left behind', async () => {
    const { straightUrl, pooler } = await startEmpty();
    await migrateToLatest(pooler.url);
    const mailbox = await startMailbox();
    cleanUpLater(mailbox.close);
    const server = await startServer(pooler.url, mailbox.url);
    const worker = await startWorker(server.app, { databaseUrl: pooler.url, pollMs: 20 });
    cleanUpLater(worker.close);

    const ada = await signUpPerson(server.url);
    const referred = await times(12, () => signUpPerson(server.url, { referralCode: ada.user.referralCode }));
    const stats = async () => (await server.call('GET', '/api/referral-stats', { token: ada.token })).body;
    await expect.poll(async () => (await stats()).signups).toBe(12);
    for (const { email } of referred.slice(0, 5)) {
      const token = tokenIn(await mailbox.waitFor(email, 'Verify'));
      expect((await server.call('POST', '/api/verify-email', { body: { token } })).status).toBe(200);
    }
    await expect.poll(async () => (await stats()).successful).toBe(5);
    await server.call('POST', '/api/forgot-password', { body: { email: ada.email } });
    const token = tokenIn(await mailbox.waitFor(ada.email, 'Reset'));
    const password = 'another-horse-battery';
    const reset = await server.call('POST', '/api/reset-password', { body: { token, password } });
    expect(reset.status).toBe(204);
    const identifier = ada.username;
    const signIn = async (word: string) =>
      (await server.call('POST', '/api/login', { body: { identifier, password: word } })).status;
    expect([await signIn(PASSWORD), await signIn(password)]).toEqual([401, 200]);
    // The roll-up is scheduled and runs under a transaction-level lock; a stalled job runs again after eleven
    // seconds.
    const pending = () => query(straightUrl, 'select from referral_deltas limit 1');
    await expect.poll(pending).toHaveLength(0);
    const locks = `select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`;
    await expect.poll(() => query(straightUrl, locks)).toHaveLength(0);
    const listening = `select from pg_stat_activity where datname = current_database() and query ilike 'listen%'`;
    expect(await query(straightUrl, listening)).toHaveLength(0);
    expect(await query(pooler.url, `select from pg_prepared_statements`)).toHaveLength(0);
  });

  it('a change on one server is visible on another soon, although no notification gets through', async () => {
    const { pooler } = await startEmpty();
    await migrateToLatest(pooler.url);
    const [one, two] = [await startServer(pooler.url), await startServer(pooler.url)];
    const ada = await signUpPerson(one.url);
    const status = async () => (await two.call('GET', '/api/me', { token: ada.token })).status;
    expect(await status()).toBe(200);
    await one.call('POST', '/api/logout', { cookie: ada.cookie });
    await expect.poll(status).toBe(401);
  });

  it('far more requests than connections are all answered', async () => {
    const { pooler } = await startEmpty();
    await migrateToLatest(pooler.url);
    const servers = [await startServer(pooler.url), await startServer(pooler.url)];
    for (const { url } of servers) await signUpPerson(url);
    const answers = await Promise.all(
      range(20).flatMap(() =>
        servers.map(({ call }) => call('POST', '/api/register', { body: newPerson() })),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  });

  it('requests get 503 while the pooler is down and succeed when it is back', async () => {
    const { pooler } = await startEmpty();
    await migrateToLatest(pooler.url);
    const server = await startServer(pooler.url);
    await signUpPerson(server.url);
    await pooler.kill();
    const { status, body } = await server.call('POST', '/api/register', { body: newPerson() });
    expect([status, body.code]).toEqual([503, 'UNAVAILABLE']);
    await pooler.restart();
    await expect
      .poll(async () => (await server.call('POST', '/api/register', { body: newPerson() })).status)
      .toBe(201);
  });
});
