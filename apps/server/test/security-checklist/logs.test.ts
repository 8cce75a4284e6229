import { type ChildProcess, spawn } from 'node:child_process';
import { findFreePort, type Mailbox, startMailbox, testEnv, tokenIn } from '@linkgrove/api/testing';
import { type Db, openDatabase } from '@linkgrove/db';
import { cloneDatabase } from '@linkgrove/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Client, cookieHeader, createClient, dumpTables, newPerson } from '../kit/index.ts';

// Runs the real programs with the most verbose log.

type Line = Record<string, unknown> & { level: number; time: string; msg?: string };

const root = new URL('../../../..', import.meta.url).pathname;
const PASSWORDS = ['first-secret-horse-77', 'second-secret-horse-88', 'third-secret-horse-99'] as const;

let databaseUrl: string;
let drop: () => Promise<void>;
let database: ReturnType<typeof openDatabase>;
let db: Db;
let mailbox: Mailbox;
let client: Client;
const programs: { child: ChildProcess; ended: Promise<unknown> }[] = [];
let output = '';
const secrets = new Map<string, string>();
const addSecret = (what: string, secret: string) => void secrets.set(what, secret);

/** Starts one of our programs and waits until it is ready. */
async function runProgram(script: string, env: Record<string, string | undefined>): Promise<void> {
  const child = spawn(process.execPath, [script], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  programs.push({ child, ended: new Promise((resolve) => child.once('close', resolve)) });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}: ${output}`)));
  });
}

const readMailedSecret = async (what: string, to: string, subject: string) => {
  const token = tokenIn(await mailbox.waitFor(to, subject));
  addSecret(what, token);
  return token;
};
const keepSession = (
  what: string,
  answer: { body: { accessToken: string }; cookies: Record<string, string> },
) => {
  addSecret(`${what}: access token`, answer.body.accessToken);
  addSecret(`${what}: signature`, answer.body.accessToken.split('.')[2] as string);
  addSecret(`${what}: refresh token`, answer.cookies['refresh_token'] as string);
  return { token: answer.body.accessToken, cookie: cookieHeader(answer.cookies) };
};

const ada = { ...newPerson(), password: PASSWORDS[0] };
let userId: string;

/** Goes through the life of an account, including every failure. */
async function useAccount(): Promise<void> {
  const [first, second, third] = PASSWORDS;
  for (const password of PASSWORDS) addSecret(`password ${password}`, password);
  const signedUp = await client.post('/api/register', ada);
  userId = signedUp.body.user.id;
  const one = keepSession('register', signedUp);
  const verify = await readMailedSecret('verify', ada.email, 'Verify');
  await client.call('GET', `/verify-email?token=${verify}`);
  await client.post('/api/verify-email', { token: verify });
  await client.post('/api/login', { identifier: ada.username, password: third });
  const two = keepSession(
    'login',
    await client.post('/api/login', { identifier: ada.username, password: first }),
  );
  keepSession('refresh', await client.post('/api/refresh', undefined, { cookie: two.cookie }));
  await sql`update refresh_tokens set rotated_at = rotated_at - interval '11 seconds'`.execute(db);
  await client.post('/api/refresh', undefined, { cookie: two.cookie });
  await client.post(
    '/api/me/password',
    { currentPassword: first, newPassword: second },
    { token: one.token },
  );
  const moved = `new-${ada.email}`;
  await client.post('/api/me/email', { email: moved, password: second }, { token: one.token });
  await client.post('/api/verify-email', { token: await readMailedSecret('change', moved, 'Verify') });
  await client.post('/api/forgot-password', { email: moved });
  const reset = await readMailedSecret('reset', moved, 'Reset');
  await client.post('/api/reset-password', { token: reset, password: third });
  keepSession('again', await client.post('/api/login', { identifier: moved, password: third }));
}

/** Sends secrets in all the wrong places. */
async function misplaceSecrets(): Promise<void> {
  const access = secrets.get('again: access token') as string;
  const reset = secrets.get('reset') as string;
  const secret = PASSWORDS[2];
  await client.post('/api/login', { identifier: ada.username, password: [secret] });
  await client.post('/api/login', { identifier: { $ne: secret }, password: secret, [secret]: secret });
  await client.post('/api/login', `{"identifier":"ada","password":"${secret}"`);
  await client.post('/trpc/auth.login', { identifier: [secret], password: secret });
  await client.post('/api/login', { password: secret }, { headers: { 'content-type': 'text/plain' } });
  await client.call('GET', `/api/me?access_token=${access}&password=${secret}`);
  await client.call('GET', `/nowhere?token=${reset}`);
  await client.call(
    'GET',
    `/trpc/auth.verifyEmail?input=${encodeURIComponent(JSON.stringify({ token: reset }))}`,
  );
  await client.call('GET', '/api/me', {
    headers: { authorization: `Basic ${Buffer.from(`a:${secret}`).toString('base64')}` },
  });
  await client.call('GET', '/api/me', {
    headers: { authorization: `Bearer ${access.slice(0, -4)}xxxx`, cookie: `access_token=${access}` },
  });
  await client.call('GET', '/api/me', {
    headers: { referer: `http://localhost/reset-password?token=${reset}` },
  });
  await client.post(
    '/api/logout',
    { token: reset },
    { headers: { origin: `https://evil.example/${reset}` } },
  );
}

/** Causes unexpected failures, and sends text that imitates log lines. */
async function provokeFailures(): Promise<void> {
  const token = secrets.get('again: access token') as string;
  const forged = '\n{"level":60,"msg":"forged"}';
  await client.call('GET', `/api/${encodeURIComponent(forged)}`, {
    headers: { 'user-agent': 'x {"level":60,"msg":"forged"}' },
  });
  await client.post('/api/login', { identifier: `ada${forged}`, password: 'x' });
  await client.post('/api/register', { ...newPerson(), username: `ada${forged}` });
  await client.call('GET', '/api/admin/users?q=x', { token, headers: { 'x-request-id': 'denied-42' } });
  await sql`alter table referral_totals rename to elsewhere`.execute(db);
  for (const path of ['/api/referral-stats', '/trpc/referrals.stats?input=%7B%7D'])
    await client.call('GET', path, { token, headers: { 'x-request-id': 'broken-42' } });
  await sql`alter table elsewhere rename to referral_totals`.execute(db);
  await sql`create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$`.execute(
    db,
  );
  await sql`create trigger refuse before insert on sessions for each row execute function refuse()`.execute(
    db,
  );
  await client.post('/api/login', { identifier: ada.username, password: PASSWORDS[2] });
  await client.post('/api/register', { ...newPerson(), password: PASSWORDS[2] });
  await sql`drop function refuse cascade`.execute(db);
}

const lines = (): Line[] =>
  output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

beforeAll(async () => {
  ({ url: databaseUrl, drop } = await cloneDatabase(inject('databaseServerUrl')));
  database = openDatabase({ url: databaseUrl });
  db = database.db;
  mailbox = await startMailbox();
  const port = await findFreePort();
  client = createClient(`http://127.0.0.1:${port}`);
  const env = testEnv({
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    SMTP_URL: mailbox.url,
    LOG_LEVEL: 'trace',
    RATE_LIMIT_LOGIN: '50/15m',
  });
  addSecret('pepper', env['PASSWORD_PEPPER'] as string);
  addSecret('signing key', (JSON.parse(env['JWT_PRIVATE_KEYS'] as string) as [{ d: string }])[0].d);
  await Promise.all([runProgram('apps/server/src/main.ts', env), runProgram('apps/worker/src/main.ts', env)]);
  await useAccount();
  await misplaceSecrets();
  await provokeFailures();
});
afterAll(async () => {
  for (const { child, ended } of programs) {
    child.kill('SIGTERM');
    await ended;
  }
  await database.close();
  await mailbox.close();
  await drop();
});

/** A secret in the encodings in which it could leak. */
const spellings = (secret: string) => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('hex'),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
];

describe('secrets', () => {
  it('O5 never appear in the log of the server or the worker', () => {
    expect(secrets.size).toBeGreaterThan(15);
    expect(lines().length).toBeGreaterThan(30);
    for (const [what, secret] of secrets) {
      for (const spelling of spellings(secret))
        expect([what, output.includes(spelling)]).toEqual([what, false]);
    }
    expect(output).not.toMatch(/\$2b\$\d\d\$/);
  });

  it('O5 V11 never appear in a table, a message or a job, unless hashed', async () => {
    for (const { name, text } of await dumpTables(db)) {
      for (const [what, secret] of secrets) {
        for (const spelling of [...spellings(secret), Buffer.from(secret, 'base64url').toString('hex')])
          expect([name, what, text.includes(spelling)]).toEqual([name, what, false]);
      }
    }
  });
});

it('O6 text from a client stays inside its log line', () => {
  const all = lines();
  for (const line of all) {
    expect(line.level).toBeLessThan(60);
    expect(line.msg).not.toBe('forged');
  }
  expect(all.some((line) => String(line['path']).includes('forged'))).toBe(true);
});

describe('the log', () => {
  const isUtc = (time: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time);

  it.each([
    'signed_up',
    'signed_in',
    'sign_in_failed',
    'refresh_token_reused',
    'email_verified',
    'password_changed',
    'email_change_requested',
    'email_changed',
    'password_reset_requested',
    'password_reset',
  ])('O7 records when, to whom, from where and by which request this happened: %s', (event) => {
    const line = lines().find((one) => one['event'] === event);
    expect(line).toMatchObject({ userId, ip: '127.0.0.1', requestId: expect.any(String) });
    expect(isUtc(line?.time ?? '')).toBe(true);
  });

  it('O7 records a denied request', () => {
    const denied = lines().find((line) => line['requestId'] === 'denied-42' && line['status'] === 403);
    expect(denied).toMatchObject({ method: 'GET', path: '/api/admin/users', ip: '127.0.0.1' });
  });

  it('O7 O3 records the cause of a failure under the request ID of the answer', () => {
    const failures = lines().filter((line) => line['requestId'] === 'broken-42' && line.level === 50);
    expect(failures).toHaveLength(2);
    for (const { err } of failures) expect(JSON.stringify(err)).toContain('referral_totals');
  });

  it('O7 has the same events as the table that the user can read', async () => {
    const token = secrets.get('again: access token') as string;
    const { status, body } = await client.call('GET', '/api/me/security-events?limit=100', { token });
    expect(status).toBe(200);
    const types = body.items.map((event: { type: string }) => event.type);
    for (const type of ['signed_up', 'sign_in_failed', 'refresh_token_reused', 'password_reset'])
      expect(types).toContain(type);
  });
});
