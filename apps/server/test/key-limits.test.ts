import type { Env } from '@linkgrove/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BEHIND_PROXY,
  clientFrom,
  markVerified,
  startTestServer,
  storeKey,
  type TestServer,
} from './kit/index.ts';

let server: TestServer;
const startWith = async (env: Env) => {
  server = await startTestServer({ env, worker: true });
};
afterEach(() => server.close());

const newKey = async () => storeKey(server, await server.signUp(), { scopes: ['pages:read'] });
const list = (key: string, headers = {}) =>
  server.get('/api/pages', { headers: { 'x-api-key': key, ...headers } });

describe('the budget of a key', () => {
  it('is its own, whatever address uses it, and is told in every answer', async () => {
    await startWith({ RATE_LIMIT_KEY: '3/1m', ...BEHIND_PROXY });
    const [{ key }, other] = [await newKey(), await newKey()];
    for (let n = 1; n <= 3; n++) {
      const { status, headers } = await list(key, clientFrom(`198.51.100.${n}`));
      expect([status, headers.get('ratelimit')]).toEqual([200, `"key";r=${3 - n};t=60`]);
      expect(headers.get('ratelimit-policy')).toBe('"key";q=3;w=60');
    }
    for (const path of ['/api/pages', '/trpc/pages.list', '/api/handles/free']) {
      const { status, headers } = await server.get(path, { headers: { 'x-api-key': key } });
      expect(status).toBe(429);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(50);
      expect(headers.get('ratelimit')).toMatch(/^"key";r=0;t=\d\d$/);
      expect(headers.get('ratelimit-policy')).toBe('"key";q=3;w=60');
    }
    expect((await list(other.key)).status).toBe(200);
  });

  it('counts a batch of calls once', async () => {
    await startWith({ RATE_LIMIT_KEY: '2/1m' });
    const { key } = await newKey();
    const path = '/trpc/pages.list,pages.list,pages.list?batch=1&input={}';
    expect((await server.get(path, { headers: { 'x-api-key': key } })).status).toBe(200);
    expect((await list(key)).headers.get('ratelimit')).toMatch(/r=0/);
  });

  it('does not replace the budget of the address', async () => {
    await startWith({ RATE_LIMIT_GLOBAL: '5/1m' });
    const { key } = await newKey();
    const statuses = [];
    for (let n = 0; n < 6; n++) statuses.push((await list(key)).status);
    expect(statuses.at(-1)).toBe(429);
  });
});

it('wrong keys count against their address, and never against the key', async () => {
  await startWith({ RATE_LIMIT_KEY: '70/1m', ...BEHIND_PROXY });
  const { key } = await newKey();
  const thief = clientFrom('198.51.100.66');
  const wrong = `${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`;
  for (let n = 0; n < 60; n++) expect((await list(wrong, thief)).status).toBe(401);
  expect((await list(wrong, thief)).status).toBe(429);
  expect((await list(key, thief)).status).toBe(200);
  expect((await list(wrong)).status).toBe(401);
});

describe('allowed networks', () => {
  beforeEach(() => startWith(BEHIND_PROXY));

  it('are compared with the address that the trusted proxy names, in every spelling', async () => {
    const ada = await server.signUp();
    const allowedNetworks = ['198.51.100.0/24', '2001:db8:7::/48', '::ffff:203.0.113.7'];
    const content = { name: 'CI', scopes: ['pages:read'], allowedNetworks };
    const { body } = await server.as(ada, 'POST', '/api/keys', content);
    expect(body.allowedNetworks).toEqual(['198.51.100.0/24', '2001:db8:7::/48', '203.0.113.7/32']);
    const statusFrom = async (address: string) => (await list(body.key, clientFrom(address))).status;
    for (const address of ['198.51.100.9', '::ffff:198.51.100.9', '[2001:db8:7::1]:4711', '203.0.113.7'])
      expect([address, await statusFrom(address)]).toEqual([address, 200]);
    for (const address of ['198.51.101.9', '203.0.113.8', '2001:db8:8::1', '127.0.0.1'])
      expect([address, await statusFrom(address)]).toEqual([address, 403]);
    const { body: refusal } = await list(body.key, clientFrom('192.0.2.1'));
    expect(refusal).toMatchObject({
      code: 'FORBIDDEN',
      detail: expect.stringContaining('192.0.2.1') as string,
    });
    const forged = await list(body.key, clientFrom('198.51.100.9, 192.0.2.1'));
    expect(forged.status).toBe(403);
  });
});

describe('a key that is used from a new country', () => {
  const from = (country: string) => ({ 'cf-ipcountry': country });

  it('is reported once, except for the first', async () => {
    await startWith({ ...BEHIND_PROXY, COUNTRY_HEADER: 'CF-IPCountry' });
    const ada = await server.signUp();
    await markVerified(server, ada);
    const { id, key } = await storeKey(server, ada, { scopes: ['pages:read'] });
    const readCountries = async () =>
      (await server.app.db.selectFrom('api_keys').select('countries').where('id', '=', id).executeTakeFirst())
        ?.countries;
    await list(key, from('DE'));
    await expect.poll(readCountries).toEqual(['DE']);
    for (const country of ['DE', 'FR', 'XX', 'FR', 'DE']) await list(key, from(country));
    const mail = await server.mailbox.waitFor(ada.email, 'An API key was used from a new country');
    expect(mail.text).toContain('from France');
    expect(mail.text).toContain(key.slice(0, 14));
    const { items } = (await server.as(ada, 'GET', '/api/me/security-events')).body;
    expect(items.filter(({ type }: { type: string }) => type === 'key_used_elsewhere')).toHaveLength(1);
    const sent = server.mailbox.received.filter(({ subject }) => subject.includes('new country'));
    expect(sent).toHaveLength(1);
  });
});
