import type { Env } from '@linkgrove/api';
import { hasProgram, startRedis } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import {
  BEHIND_PROXY,
  BROWSER,
  call,
  clientFrom,
  crowd,
  newPerson,
  PASSWORD,
  range,
  settleRedis,
  startInstance,
  startTestServer,
  type TestServer,
  wrongLogin,
} from '../kit/index.ts';

let server: TestServer;
const startWith = async (env: Env, worker = false) => {
  server = await startTestServer({ env, worker });
};
afterEach(() => server.close());

const sendLogin = (body: object, headers: Record<string, string> = {}, path = '/api/login') =>
  server.call('POST', path, { body, headers });

it('Q1 of 20 wrong passwords ten are checked; then 429 reports when to retry and the budget', async () => {
  await startWith({ RATE_LIMIT_LOGIN: '10/15m' });
  const { username } = await server.signUp();
  const answers = [];
  for (const _ of range(20)) answers.push(await sendLogin(wrongLogin(username)));
  expect(answers.map(({ status }) => status)).toEqual(range(20).map((n) => (n < 10 ? 401 : 429)));
  const [first] = answers;
  expect(first?.headers.get('ratelimit-policy')).toBe('"login";q=10;w=900');
  expect(first?.headers.get('ratelimit')).toMatch(/^"login";r=9;t=\d+$/);
  expect(Number(answers.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0);
});

it('Q2 200 addresses together get ten attempts on one account, and its owner gets in by a reset', async () => {
  await startWith({ RATE_LIMIT_LOGIN: '10/15m', ...BEHIND_PROXY }, true);
  const { username, email } = await server.signUp();
  const answers = await crowd(200, 30, (n) => sendLogin(wrongLogin(username), clientFrom(`203.0.113.${n}`)));
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(190);
  // The next window doubles the wait, up to a day.
  const { rows } = await sql<{ hours: number }>`
    select extract(epoch from blocked_until - now())::float8 / 3600 as hours from sign_in_throttles
    where blocked_until is not null`.execute(server.app.db);
  expect(rows[0]?.hours).toBeLessThanOrEqual(24);
  await server.call('POST', '/api/forgot-password', { body: { email } });
  const token = await server.readMailedToken(email, 'Reset');
  const password = 'another-horse-battery';
  expect((await server.call('POST', '/api/reset-password', { body: { token, password } })).status).toBe(204);
  expect((await sendLogin({ identifier: username, password }, clientFrom('198.51.100.1'))).status).toBe(200);
});

it('Q3 one password tried on 500 accounts from one address is stopped by the address limit', async () => {
  await startWith({ RATE_LIMIT_LOGIN: '10/15m' });
  const answers = await crowd(500, 30, (n) => sendLogin(wrongLogin(`account${n}`)));
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(490);
});

it.each([
  'x-forwarded-for',
  'x-real-ip',
  'forwarded',
  'cf-connecting-ip',
  'true-client-ip',
  'x-client-ip',
  'fastly-client-ip',
])('Q4 the header %s from an untrusted peer changes nothing', async (name) => {
  await startWith({ RATE_LIMIT_LOGIN: '2/15m' });
  const statuses = [];
  for (const n of range(4)) {
    const value = name === 'forwarded' ? `for=203.0.113.${n}` : `203.0.113.${n}`;
    statuses.push((await sendLogin(wrongLogin(`account${n}`), { [name]: value })).status);
  }
  expect(statuses).toEqual([401, 401, 429, 429]);
});

it('Q5 behind a trusted proxy the address that it saw counts', async () => {
  await startWith({ RATE_LIMIT_LOGIN: '2/15m', ...BEHIND_PROXY });
  const statuses = [];
  for (const n of range(4))
    statuses.push(
      (await sendLogin(wrongLogin(`account${n}`), clientFrom(`192.0.2.${n}, 198.51.100.7`))).status,
    );
  expect(statuses).toEqual([401, 401, 429, 429]);
  expect((await sendLogin(wrongLogin('another'), clientFrom('192.0.2.1, 198.51.100.8'))).status).toBe(401);
});

it.each([
  [['2001:db8::1', '2001:db8::2', '2001:db8::ffff:ffff:ffff:ffff']],
  [['2001:db8:0:1::1', '2001:DB8:0:1::1', '2001:0db8:0000:0001:0000:0000:0000:0001']],
  [['198.51.100.1', '::ffff:198.51.100.1', '::ffff:c633:6401']],
])('Q6 spellings and neighbours of an address share a budget: %j', async (addresses) => {
  await startWith({ RATE_LIMIT_LOGIN: '2/15m', ...BEHIND_PROXY });
  const statuses = [];
  for (const [n, ip] of addresses.entries())
    statuses.push((await sendLogin(wrongLogin(`account${n}`), clientFrom(ip))).status);
  expect(statuses).toEqual([401, 401, 429]);
});

it('Q7 no spelling of the path and no transport has a separate budget', async () => {
  await startWith({ RATE_LIMIT_LOGIN: '3/15m' });
  const one = wrongLogin('someone');
  const statusOf = async (path: string, body: object = one) => (await sendLogin(body, {}, path)).status;
  const paths = ['/api/login', '/api/%6cogin', '/trpc/auth.login'];
  for (const [n, path] of paths.entries())
    expect([path, await statusOf(path, wrongLogin(`name${n}`))]).toEqual([path, 401]);
  const batches = [
    '/trpc/auth.login?batch=1',
    '/trpc/auth.login,auth.login?batch=1',
    '/trpc/auth.login%2Cauth.login?batch=1',
  ];
  const others = [
    '/trpc/auth%2Elogin',
    '/trpc/auth%2elogin',
    '/api/login?x=1',
    '/api/login#x',
    '/api/./login',
    '/x/../api/login',
  ];
  for (const path of [...paths, ...others]) expect([path, await statusOf(path)]).toEqual([path, 429]);
  for (const path of batches) {
    const { body } = await sendLogin({ 0: one, 1: one }, {}, path);
    for (const part of body) expect(part.error.data.code).toBe('RATE_LIMITED');
  }
  for (const path of [
    '/api//login',
    '//api/login',
    '/api/login/',
    '/api/LOGIN',
    '/API/login',
    '/trpc//auth.login',
    '/trpc/AUTH.login',
  ])
    expect([path, await statusOf(path)]).toEqual([path, 404]);
});

it('Q8 a batch of 50 calls is refused, and each call of a batch of ten counts', async () => {
  await startWith({ RATE_LIMIT_LOGIN: '4/15m' });
  const batch = (count: number) =>
    sendLogin(
      Object.fromEntries(range(count).map((n) => [n, wrongLogin(`name${n}`)])),
      {},
      `/trpc/${range(count)
        .map(() => 'auth.login')
        .join()}?batch=1`,
    );
  expect((await batch(50)).status).toBe(400);
  const { body } = await batch(10);
  const codes = body.map((part: { error: { data: { code: string } } }) => part.error.data.code);
  expect(codes.filter((code: string) => code === 'INVALID_CREDENTIALS')).toHaveLength(4);
  expect(codes.filter((code: string) => code === 'RATE_LIMITED')).toHaveLength(6);
});

it('Q9 100 parallel attempts on one account over two servers count as ten', async () => {
  const env = { RATE_LIMIT_LOGIN: '10/15m', ...BEHIND_PROXY };
  await startWith(env);
  const second = await startInstance(server.databaseUrl, env);
  const { username } = await server.signUp();
  const answers = await Promise.all(
    range(100).map((n) =>
      call(n % 2 ? second.url : server.url, 'POST', '/api/login', {
        body: wrongLogin(username),
        headers: clientFrom(`203.0.113.${n}`),
      }),
    ),
  );
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(90);
  await second.close();
});

it.skipIf(!hasProgram('redis-server', process.env))(
  'Q10 a limit shared through Redis still holds on each server when Redis stops',
  async () => {
    const redis = await startRedis();
    await startWith({ RATE_LIMIT_LOGIN: '10/15m', REDIS_URL: redis.url });
    await settleRedis(server);
    expect((await sendLogin(wrongLogin('nobody'))).status).toBe(401);
    await redis.kill();
    const answers = await Promise.all(range(50).map((n) => sendLogin(wrongLogin(`account${n}`))));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(40);
    await redis.close();
  },
);

it('Q11 attempts on an account survive a restart', async () => {
  const env = { RATE_LIMIT_LOGIN: '2/15m', ...BEHIND_PROXY };
  await startWith(env);
  const { username } = await server.signUp();
  for (const n of range(3)) await sendLogin(wrongLogin(username), clientFrom(`203.0.113.${n}`));
  const restarted = await startInstance(server.databaseUrl, env);
  const { status, headers } = await call(restarted.url, 'POST', '/api/login', {
    body: { identifier: username, password: PASSWORD },
    headers: clientFrom('198.51.100.1'),
  });
  expect([status, Number(headers.get('retry-after')) > 800]).toEqual([429, true]);
  await restarted.close();
});

it('Q12 requests for unknown paths are limited like all others', async () => {
  await startWith({ RATE_LIMIT_GLOBAL: '20/1m' });
  const statuses = [];
  for (const n of range(40)) statuses.push((await server.call('GET', `/backup${n}.zip`)).status);
  expect(statuses.filter((status) => status === 404).length).toBeLessThanOrEqual(20);
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(20);
});

describe('Q13 there is a limit on', () => {
  it('accounts created from one address', async () => {
    await startWith({ RATE_LIMIT_REGISTER: '3/1h' });
    const answers = await Promise.all(
      range(10).map(() => server.call('POST', '/api/register', { body: newPerson() })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(7);
  });

  it('referral links, even when many are created at once', async () => {
    await startWith({});
    const { token } = await server.signUp();
    const answers = await crowd(120, 10, () =>
      server.call('POST', '/api/referral-links', { token, body: {} }),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(99);
    expect(answers.filter(({ body }) => body.code === 'LIMIT_REACHED')).toHaveLength(21);
  });

  it('counted visits of one visitor', async () => {
    await startWith({});
    const { token, user } = await server.signUp();
    const headers = { 'user-agent': BROWSER };
    await Promise.all(range(30).map(() => server.call('GET', `/r/${user.referralCode}`, { headers })));
    expect((await server.call('GET', '/api/referral-stats', { token })).body.visits).toBe(1);
  });
});
