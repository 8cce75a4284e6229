import type { Env } from '@linkgrove/api';
import { sql } from 'kysely';
import { afterEach, expect, it } from 'vitest';
import { clientFrom, newPerson, PASSWORD, startTestServer, type TestServer } from './kit/index.ts';

let server: TestServer;
const startWith = async (env: Env) => {
  server = await startTestServer({ env });
};
afterEach(() => server.close());

const wrongLogin = (identifier: string) => ({ identifier, password: 'not-the-password' });

it('sign-in attempts of one address are limited, over REST and tRPC together', async () => {
  await startWith({ RATE_LIMIT_LOGIN: '4/15m' });
  for (let n = 0; n < 2; n++) {
    expect((await server.post('/api/login', wrongLogin(`someone${n}`))).status).toBe(401);
    expect((await server.post('/trpc/auth.login', wrongLogin(`other${n}`))).status).toBe(401);
  }
  const rest = await server.post('/api/login', wrongLogin('third'));
  expect(rest).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED' } });
  expect(Number(rest.headers.get('retry-after'))).toBeGreaterThan(800);
  const trpc = await server.post('/trpc/auth.login', wrongLogin('third'));
  expect([trpc.status, trpc.body.error.data.code]).toEqual([429, 'RATE_LIMITED']);
  expect(Number(trpc.headers.get('retry-after'))).toBeGreaterThan(800);
});

it('each call of a batch counts', async () => {
  await startWith({ RATE_LIMIT_LOGIN: '3/15m' });
  const paths = Array.from({ length: 6 }, () => 'auth.login').join(',');
  const body = Object.fromEntries(
    Array.from({ length: 6 }, (_, index) => [index, wrongLogin(`name${index}`)]),
  );
  const answer = await server.post(`/trpc/${paths}?batch=1`, body);
  const codes = answer.body.map((one: { error: { data: { code: string } } }) => one.error.data.code);
  expect(codes.filter((code: string) => code === 'RATE_LIMITED')).toHaveLength(3);
});

it('a batch holds at most ten calls', async () => {
  await startWith({});
  const paths = Array.from({ length: 11 }, () => 'auth.login').join(',');
  for (const path of [paths, paths.replaceAll(',', '%2C')]) {
    const { status, body } = await server.post(`/trpc/${path}?batch=1`, {});
    expect([status, body.error.data.code]).toEqual([400, 'VALIDATION_FAILED']);
  }
});

it('an account is limited whichever address asks, known and unknown alike, and a success clears it', async () => {
  await startWith({ RATE_LIMIT_LOGIN: '3/15m', TRUST_PROXY: '127.0.0.1' });
  const { username } = await server.signUp();
  const attempt = (identifier: string, n: number, password = 'not-the-password') =>
    server.post('/api/login', { identifier, password }, { headers: clientFrom(`198.51.100.${n}`) });
  for (const identifier of [username, 'nobody-at-all']) {
    const statuses = [];
    for (let n = 1; n <= 4; n++) statuses.push((await attempt(identifier, n)).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
  }
  const mine = await server.signUp();
  for (let n = 1; n <= 6; n++) await attempt(mine.username, 100 + n);
  const events = await server.call('GET', '/api/me/security-events', { token: mine.token });
  const types = events.body.items.map((event: { type: string }) => event.type);
  expect(types).toEqual([
    'sign_in_limited',
    ...Array.from({ length: 3 }, () => 'sign_in_failed'),
    'signed_up',
  ]);
  const second = await server.signUp();
  for (let n = 11; n <= 12; n++) await attempt(second.username, n);
  expect((await attempt(second.username, 13, PASSWORD)).status).toBe(200);
  expect((await attempt(second.username, 14)).status).toBe(401);
});

it('registrations and reset requests have budgets of their own', async () => {
  await startWith({ RATE_LIMIT_REGISTER: '2/1h', RATE_LIMIT_FORGOT: '2/1h' });
  const statuses = async (path: string, body: () => object) => [
    (await server.post(path, body())).status,
    (await server.post(path, body())).status,
    (await server.post(path, body())).status,
  ];
  expect(await statuses('/api/register', newPerson)).toEqual([201, 201, 429]);
  expect(await statuses('/api/forgot-password', () => ({ email: newPerson().email }))).toEqual([
    202, 202, 429,
  ]);
});

it('a request that is not valid costs no attempt', async () => {
  await startWith({ RATE_LIMIT_REGISTER: '1/1h' });
  for (let n = 0; n < 3; n++) expect((await server.post('/api/register', { email: 'x' })).status).toBe(400);
  expect((await server.post('/api/register', newPerson())).status).toBe(201);
});

it('the budget left is told in the RateLimit fields', async () => {
  await startWith({ RATE_LIMIT_REGISTER: '5/1h' });
  const { headers } = await server.post('/api/register', newPerson());
  expect(headers.get('ratelimit-policy')).toBe('"register";q=5;w=3600');
  expect(headers.get('ratelimit')).toMatch(/^"register";r=4;t=3\d{3}$/);
});

it('all requests of one address share a global budget, unknown paths included', async () => {
  await startWith({ RATE_LIMIT_GLOBAL: '4/1m' });
  for (const path of ['/healthz', '/nowhere', '/api/me', '/trpc/account.me']) {
    expect((await server.call('GET', path)).status).not.toBe(429);
  }
  for (const path of ['/healthz', '/nowhere', '/api/me']) {
    const { status, body, headers } = await server.call('GET', path);
    expect([status, body.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect((await server.call('GET', '/trpc/account.me')).body.error.data.code).toBe('RATE_LIMITED');
});

it('a forwarded address counts only when it comes from a trusted proxy', async () => {
  await startWith({ RATE_LIMIT_GLOBAL: '2/1m' });
  for (let n = 1; n <= 2; n++)
    await server.call('GET', '/healthz', { headers: clientFrom(`203.0.113.${n}`) });
  expect((await server.call('GET', '/healthz', { headers: clientFrom('203.0.113.3') })).status).toBe(429);
});

it('the spellings and neighbours of one IPv6 network share a budget; behind a proxy the last hop decides', async () => {
  await startWith({ RATE_LIMIT_GLOBAL: '2/1m', TRUST_PROXY: '127.0.0.1' });
  const statuses = async (addresses: string[]) => {
    const seen = [];
    for (const ip of addresses)
      seen.push((await server.call('GET', '/healthz', { headers: clientFrom(ip) })).status);
    return seen;
  };
  expect(await statuses(['2001:db8::1', '2001:DB8:0:0:ffff::2', '2001:db8::3'])).toEqual([200, 200, 429]);
  expect(await statuses(['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.1'])).toEqual([200, 200, 429]);
  expect(await statuses(['1.1.1.1, 198.51.100.9', '2.2.2.2, 198.51.100.9', '3.3.3.3, 198.51.100.9'])).toEqual(
    [200, 200, 429],
  );
});

it('the wait of a name grows with each window that is used up, and a restart forgets none of it', async () => {
  await startWith({ RATE_LIMIT_LOGIN: '2/15m', TRUST_PROXY: '127.0.0.1' });
  const { username } = await server.signUp();
  let addresses = 0;
  const attempt = () => {
    addresses += 1;
    return server.post('/api/login', wrongLogin(username), {
      headers: clientFrom(`198.51.100.${addresses}`),
    });
  };
  /** Uses up a window and returns the wait in minutes. */
  const useUp = async (): Promise<number> => {
    expect((await attempt()).status).toBe(401);
    expect((await attempt()).status).toBe(401);
    const refused = await attempt();
    expect(refused.status).toBe(429);
    return Math.ceil(Number(refused.headers.get('retry-after')) / 60);
  };
  const passTime = () =>
    sql`update sign_in_throttles set blocked_until = blocked_until - interval '1 day', window_ends_at = now()`.execute(
      server.app.db,
    );
  expect(await useUp()).toBe(15);
  expect((await attempt()).status).toBe(429);
  await passTime();
  expect(await useUp()).toBe(30);
  await passTime();
  expect(await useUp()).toBe(60);
  await passTime();
  await sql`update sign_in_throttles set strikes = 30`.execute(server.app.db);
  expect(await useUp()).toBe(24 * 60);
});

it('a password reset lifts the block of a name', async () => {
  server = await startTestServer({
    env: { RATE_LIMIT_LOGIN: '2/15m', TRUST_PROXY: '127.0.0.1' },
    worker: true,
  });
  const { username, email } = await server.signUp();
  for (let n = 1; n <= 3; n++)
    await server.post('/api/login', wrongLogin(username), { headers: clientFrom(`198.51.100.${n}`) });
  const signIn = (password: string, n: number) =>
    server.post('/api/login', { identifier: username, password }, { headers: clientFrom(`203.0.113.${n}`) });
  expect((await signIn(PASSWORD, 1)).status).toBe(429);
  await server.post('/api/forgot-password', { email });
  const token = await server.readMailedToken(email, 'Reset');
  expect(
    (await server.post('/api/reset-password', { token, password: 'another-horse-battery' })).status,
  ).toBe(204);
  expect((await signIn('another-horse-battery', 2)).status).toBe(200);
});
