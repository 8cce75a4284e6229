import type { Env } from '@linkgrove/api';
import { hasProgram, startRedis, tokenIn } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { call, newPerson, PASSWORD, startInstance, startTestServer, type TestServer } from '../harness.ts';

let server: TestServer;
const start = async (env: Env, worker = false) => {
  server = await startTestServer({ env, worker });
};
afterEach(() => server.close());

const wrong = (identifier: string) => ({ identifier, password: 'not-the-password' });
const login = (body: object, headers: Record<string, string> = {}, path = '/api/login') =>
  server.call('POST', path, { body, headers });
const from = (ip: string) => ({ 'x-forwarded-for': ip });
const behindProxy = { TRUST_PROXY: '127.0.0.1' };
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

it('Q1 of 20 wrong passwords ten are judged; then 429 tells when to come back and what the budget is', async () => {
  await start({ RATE_LIMIT_LOGIN: '10/15m' });
  const { username } = await server.signUp();
  const answers = [];
  for (const _ of numbers(20)) answers.push(await login(wrong(username)));
  expect(answers.map(({ status }) => status)).toEqual(numbers(20).map((n) => (n < 10 ? 401 : 429)));
  const [first] = answers;
  expect(first?.headers.get('ratelimit-policy')).toBe('"login";q=10;w=900');
  expect(first?.headers.get('ratelimit')).toMatch(/^"login";r=9;t=\d+$/);
  expect(Number(answers.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0);
});

it('Q2 200 addresses together get ten tries on one account, and its owner gets in by a reset', async () => {
  await start({ RATE_LIMIT_LOGIN: '10/15m', ...behindProxy }, true);
  const { username, email } = await server.signUp();
  const answers = await Promise.all(numbers(200).map((n) => login(wrong(username), from(`203.0.113.${n}`))));
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(190);
  // The next window doubles the wait, and no wait is longer than a day.
  const { rows } = await sql<{ hours: number }>`
    select extract(epoch from blocked_until - now())::float8 / 3600 as hours from sign_in_throttles
    where blocked_until is not null`.execute(server.app.db);
  expect(rows[0]?.hours).toBeLessThanOrEqual(24);
  await server.call('POST', '/api/forgot-password', { body: { email } });
  const token = tokenIn(await server.mailbox.waitFor(email, 'Reset'));
  const password = 'another-horse-battery';
  expect((await server.call('POST', '/api/reset-password', { body: { token, password } })).status).toBe(204);
  expect((await login({ identifier: username, password }, from('198.51.100.1'))).status).toBe(200);
});

it('Q3 one password for 500 accounts from one address is stopped by the address', async () => {
  await start({ RATE_LIMIT_LOGIN: '10/15m' });
  const answers = await Promise.all(numbers(500).map((n) => login(wrong(`account${n}`))));
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
])('Q4 %s of a peer that nobody trusts changes nothing', async (name) => {
  await start({ RATE_LIMIT_LOGIN: '2/15m' });
  const statuses = [];
  for (const n of numbers(4)) {
    const value = name === 'forwarded' ? `for=203.0.113.${n}` : `203.0.113.${n}`;
    statuses.push((await login(wrong(`account${n}`), { [name]: value })).status);
  }
  expect(statuses).toEqual([401, 401, 429, 429]);
});

it('Q5 behind a proxy that is trusted, the address that it saw counts', async () => {
  await start({ RATE_LIMIT_LOGIN: '2/15m', ...behindProxy });
  const statuses = [];
  for (const n of numbers(4))
    statuses.push((await login(wrong(`account${n}`), from(`192.0.2.${n}, 198.51.100.7`))).status);
  expect(statuses).toEqual([401, 401, 429, 429]);
  expect((await login(wrong('another'), from('192.0.2.1, 198.51.100.8'))).status).toBe(401);
});

it.each([
  [['2001:db8::1', '2001:db8::2', '2001:db8::ffff:ffff:ffff:ffff']],
  [['2001:db8:0:1::1', '2001:DB8:0:1::1', '2001:0db8:0000:0001:0000:0000:0000:0001']],
  [['198.51.100.1', '::ffff:198.51.100.1', '::ffff:c633:6401']],
])('Q6 the spellings and neighbours of an address share a budget: %j', async (addresses) => {
  await start({ RATE_LIMIT_LOGIN: '2/15m', ...behindProxy });
  const statuses = [];
  for (const [n, ip] of addresses.entries())
    statuses.push((await login(wrong(`account${n}`), from(ip))).status);
  expect(statuses).toEqual([401, 401, 429]);
});

it('Q7 no spelling of the path and no transport has a budget of its own', async () => {
  await start({ RATE_LIMIT_LOGIN: '3/15m' });
  const one = wrong('someone');
  const statusOf = async (path: string, body: object = one) => (await login(body, {}, path)).status;
  const paths = ['/api/login', '/api/%6cogin', '/trpc/auth.login'];
  for (const [n, path] of paths.entries())
    expect([path, await statusOf(path, wrong(`name${n}`))]).toEqual([path, 401]);
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
    const { body } = await login({ 0: one, 1: one }, {}, path);
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

it('Q8 a batch of 50 calls is refused, and of ten each one counts', async () => {
  await start({ RATE_LIMIT_LOGIN: '4/15m' });
  const batch = (count: number) =>
    login(
      Object.fromEntries(numbers(count).map((n) => [n, wrong(`name${n}`)])),
      {},
      `/trpc/${numbers(count)
        .map(() => 'auth.login')
        .join()}?batch=1`,
    );
  expect((await batch(50)).status).toBe(400);
  const { body } = await batch(10);
  const codes = body.map((part: { error: { data: { code: string } } }) => part.error.data.code);
  expect(codes.filter((code: string) => code === 'INVALID_CREDENTIALS')).toHaveLength(4);
  expect(codes.filter((code: string) => code === 'RATE_LIMITED')).toHaveLength(6);
});

it('Q9 100 parallel tries on one account over two processes are ten tries', async () => {
  const env = { RATE_LIMIT_LOGIN: '10/15m', ...behindProxy };
  await start(env);
  const second = await startInstance(server.databaseUrl, env);
  const { username } = await server.signUp();
  const answers = await Promise.all(
    numbers(100).map((n) =>
      call(n % 2 ? second.url : server.url, 'POST', '/api/login', {
        body: wrong(username),
        headers: from(`203.0.113.${n}`),
      }),
    ),
  );
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(90);
  await second.close();
});

it.skipIf(!hasProgram('redis-server', process.env))(
  'Q10 a limit that was shared through Redis holds in each process when Redis is stopped',
  async () => {
    const redis = await startRedis();
    await start({ RATE_LIMIT_LOGIN: '10/15m', REDIS_URL: redis.url });
    expect((await login(wrong('nobody'))).status).toBe(401);
    await redis.kill();
    const answers = await Promise.all(numbers(50).map((n) => login(wrong(`account${n}`))));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(40);
    await redis.close();
  },
);

it('Q11 a restart does not forget the tries on an account', async () => {
  const env = { RATE_LIMIT_LOGIN: '2/15m', ...behindProxy };
  await start(env);
  const { username } = await server.signUp();
  for (const n of numbers(3)) await login(wrong(username), from(`203.0.113.${n}`));
  const restarted = await startInstance(server.databaseUrl, env);
  const { status, headers } = await call(restarted.url, 'POST', '/api/login', {
    body: { identifier: username, password: PASSWORD },
    headers: from('198.51.100.1'),
  });
  expect([status, Number(headers.get('retry-after')) > 800]).toEqual([429, true]);
  await restarted.close();
});

it('Q12 a search for paths is limited like everything else', async () => {
  await start({ RATE_LIMIT_GLOBAL: '20/1m' });
  const statuses = [];
  for (const n of numbers(40)) statuses.push((await server.call('GET', `/backup${n}.zip`)).status);
  expect(statuses.filter((status) => status === 404).length).toBeLessThanOrEqual(20);
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(20);
});

describe('Q13 there is an end to', () => {
  it('Q13 accounts made from one address', async () => {
    await start({ RATE_LIMIT_REGISTER: '3/1h' });
    const answers = await Promise.all(
      numbers(10).map(() => server.call('POST', '/api/register', { body: newPerson() })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(7);
  });

  it('Q13 referral links, also where many are made at once', async () => {
    await start({});
    const { token } = await server.signUp();
    const answers = await Promise.all(
      numbers(120).map(() => server.call('POST', '/api/referral-links', { token, body: {} })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(99);
    expect(answers.filter(({ body }) => body.code === 'LIMIT_REACHED')).toHaveLength(21);
  });

  it('Q13 visits of one visitor that are counted', async () => {
    await start({});
    const { token, user } = await server.signUp();
    const headers = {
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    };
    await Promise.all(numbers(30).map(() => server.call('GET', `/r/${user.referralCode}`, { headers })));
    expect((await server.call('GET', '/api/referral-stats', { token })).body.visits).toBe(1);
  });
});
