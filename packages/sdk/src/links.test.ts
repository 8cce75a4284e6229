import { afterEach, beforeEach, expect, it } from 'vitest';
import { createClient } from './index.ts';
import { type Stub, startStub } from '../test/stub.ts';

let stub: Stub;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(() => stub.close());

const credentials = { identifier: 'ada', password: 'correct-horse-battery' };

it('the client sends the queries of one tick in batches of up to ten, and every mutation alone', async () => {
  const client = createClient({ url: stub.url });
  await client.auth.login.mutate(credentials);
  stub.seen.length = 0;
  await Promise.all(Array.from({ length: 25 }, () => client.account.me.query()));
  const sizes = stub.seen.map(({ calls }) => calls.length);
  expect(sizes.toSorted((a, b) => b - a)).toEqual([10, 10, 5]);
  stub.seen.length = 0;
  await Promise.all(Array.from({ length: 3 }, () => client.auth.resendVerification.mutate()));
  expect(stub.seen.map(({ calls }) => calls.length)).toEqual([1, 1, 1]);
});

it('the client sends extra headers, which the session overrides', async () => {
  const headers = () => ({ 'X-Request-Id': 'mine', Authorization: 'Bearer mine' });
  const client = createClient({ url: stub.url, headers });
  await client.auth.login.mutate(credentials);
  expect(stub.seen[0]?.headers).toMatchObject({ 'x-request-id': 'mine', authorization: 'Bearer mine' });
  await client.account.me.query();
  expect(stub.seen[1]?.headers.authorization).toBe('Bearer access-1');
});

it('the client of a program sends its API key with every call, and neither cookies nor a session', async () => {
  const client = createClient({ url: stub.url, apiKey: 'lg_live_mine', headers: { 'x-trace': 'one' } });
  await client.pages.list.query().catch(() => {});
  await client.auth.resendVerification.mutate().catch(() => {});
  expect(stub.seen).toHaveLength(2);
  for (const { headers } of stub.seen) {
    expect(headers).toMatchObject({ 'x-api-key': 'lg_live_mine', 'x-trace': 'one' });
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('cookie');
  }
});
