import { afterEach, describe, expect, it } from 'vitest';
import { BROWSER, clientFrom, newPerson, range, startTestServer, type TestServer } from './kit/index.ts';

let server: TestServer | undefined;
afterEach(() => server?.close());

async function startBehind(proxies: string, env: Record<string, string> = {}): Promise<TestServer> {
  server = await startTestServer({ env: { TRUST_PROXY: proxies, ...env } });
  return server;
}

describe.each([
  ['IPv4', (port: number) => `203.0.113.51:${port}`],
  ['IPv6', (port: number) => `[2001:db8:5::1]:${port}`],
])('a client behind a proxy that forwards ports, over %s', (_, spell) => {
  it('has one budget, whatever its port', async () => {
    const { register } = await startBehind('127.0.0.1', { RATE_LIMIT_REGISTER: '3/1h' });
    const statuses = [];
    for (const n of range(8))
      statuses.push((await register(newPerson(), { headers: clientFrom(spell(50_000 + n)) })).status);
    expect(statuses).toEqual([201, 201, 201, 429, 429, 429, 429, 429]);
  });

  it('has one budget for public pages', async () => {
    const { get } = await startBehind('127.0.0.1', { RATE_LIMIT_GLOBAL: '3/1m' });
    const statuses = [];
    for (const n of range(5))
      statuses.push((await get('/@nobody', { headers: clientFrom(spell(50_000 + n)) })).status);
    expect(statuses).toEqual([404, 404, 404, 429, 429]);
  });

  it('counts as one visitor of a referral link', async () => {
    const { signUp, get, app } = await startBehind('127.0.0.1');
    const { user, token } = await signUp();
    const visit = (n: number) =>
      get(`/r/${user.referralCode}`, {
        headers: { ...clientFrom(spell(50_000 + n)), 'user-agent': BROWSER },
      });
    for (const n of range(3)) expect((await visit(n)).status).toBe(302);
    await app.db.selectFrom('users').select('id').execute();
    expect((await get('/api/referral-stats', { token })).body.visits).toBe(1);
  });
});

const ipOf = async (forwardedFor: string): Promise<unknown> => {
  const person = newPerson();
  const headers = clientFrom(forwardedFor);
  const { body } = await (server as TestServer).register(person, { headers });
  const sessions = await (server as TestServer).get('/api/sessions', { token: body.accessToken });
  return sessions.body.items[0].ip;
};

it('a session shows the address of the client, without port and brackets, or that of the proxy', async () => {
  await startBehind('127.0.0.1');
  for (const [forwardedFor, ip] of [
    ['203.0.113.7:51234', '203.0.113.7'],
    ['[2001:db8:5::1]:50000', '2001:db8:5::1'],
    ['2001:DB8:5::1', '2001:db8:5::1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['198.51.100.1, 203.0.113.7:1', '203.0.113.7'],
    ['unknown', '127.0.0.1'],
    ['a'.repeat(3_000), '127.0.0.1'],
    ['203.0.113.7, unknown', '127.0.0.1'],
  ] as const)
    expect([forwardedFor, await ipOf(forwardedFor)]).toEqual([forwardedFor, ip]);
});

it('a chain of trusted proxies is followed to the client, with or without ports', async () => {
  await startBehind('127.0.0.1,10.0.0.0/8');
  for (const [forwardedFor, ip] of [
    ['203.0.113.60, 10.0.0.1:443', '203.0.113.60'],
    ['198.51.100.1, 203.0.113.60:5, 10.0.0.1:443, 10.0.0.2', '203.0.113.60'],
    ['203.0.113.60, unknown, 10.0.0.1:443', '10.0.0.1'],
  ] as const)
    expect([forwardedFor, await ipOf(forwardedFor)]).toEqual([forwardedFor, ip]);
});

it('without TRUST_PROXY the header counts for nothing', async () => {
  server = await startTestServer();
  expect(await ipOf('203.0.113.7:1')).toBe('127.0.0.1');
});
