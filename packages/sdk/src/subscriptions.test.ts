import { afterEach, beforeEach, expect, expectTypeOf, it } from 'vitest';
import { createClient, createServerClient, type LinkgroveClient } from './index.ts';
import { LinkgroveError } from './errors.ts';
import { findBackoffMs } from './retries.ts';
import { createBrowserFetch, type Stub, startStub } from '../test/stub.ts';

let stub: Stub;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(() => stub.close());

const credentials = { identifier: 'ada', password: 'correct-horse-battery' };

function watchPage(client: LinkgroveClient, id = 'page') {
  const updates: number[] = [];
  const errors: unknown[] = [];
  const states: string[] = [];
  const subscription = client.analytics.live.subscribe(
    { id },
    {
      onData: (update) => {
        expectTypeOf(update.events[0]?.type).toEqualTypeOf<'view' | 'click' | undefined>();
        updates.push(update.visitors);
      },
      onError: (error) => errors.push(error),
      onConnectionStateChange: ({ state }) => states.push(state),
    },
  );
  return { updates, errors, states, subscription };
}

it('a subscription gets updates until it is unsubscribed, which ends its request', async () => {
  const client = createClient({ url: stub.url });
  await client.auth.login.mutate(credentials);
  const { updates, errors, states, subscription } = watchPage(client);
  await expect.poll(() => updates).toEqual([1, 2]);
  expect(stub.seen.at(-1)?.headers).toMatchObject({
    authorization: 'Bearer access-1',
    accept: 'text/event-stream',
  });
  subscription.unsubscribe();
  expect([errors, states]).toEqual([[], ['connecting', 'pending']]);
});

it('a subscription goes on where its stream ended, and repeats nothing', async () => {
  stub.behaviour.isStreamEnding = true;
  const client = createClient({ url: stub.url });
  await client.auth.login.mutate(credentials);
  const { updates, subscription } = watchPage(client);
  await expect.poll(() => updates.length).toBeGreaterThan(4);
  subscription.unsubscribe();
  expect(updates.slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
});

it('a subscription refreshes an expired session first', async () => {
  const client = createClient({ url: stub.url });
  await client.auth.login.mutate(credentials);
  stub.expire();
  const { updates, errors, subscription } = watchPage(client);
  await expect.poll(() => updates).toEqual([1, 2]);
  expect([stub.count('auth.refresh'), errors]).toEqual([1, []]);
  subscription.unsubscribe();
});

it('a subscription connects again when the server comes back', async () => {
  stub.behaviour.isStreamEnding = true;
  let isDown = false;
  const client = createClient({
    url: stub.url,
    fetch: (url, init) => (isDown ? Promise.reject(new Error('down')) : fetch(url, init)),
  });
  await client.auth.login.mutate(credentials);
  const { updates, errors, states, subscription } = watchPage(client);
  await expect.poll(() => updates.length).toBeGreaterThan(1);
  isDown = true;
  const before = states.length;
  await expect.poll(() => states.length).toBeGreaterThan(before + 1);
  isDown = false;
  const known = updates.length;
  await expect.poll(() => updates.length).toBeGreaterThan(known);
  subscription.unsubscribe();
  expect(errors).toEqual([]);
});

it('a subscription waits longer after each failure, and as long as the server says', () => {
  expect(findBackoffMs(1, null)).toBeGreaterThan(findBackoffMs(0, null));
  expect(findBackoffMs(1_000, null)).toBe(30_000);
  const error = new LinkgroveError({
    code: 'RATE_LIMITED',
    status: 429,
    detail: 'Slow down',
    retryAfter: 60,
  });
  expect(findBackoffMs(0, error)).toBe(60_000);
});

it('a subscription that is refused ends with a LinkgroveError', async () => {
  const client = createClient({ url: stub.url });
  const unknown = watchPage(client);
  await expect.poll(() => unknown.errors).toMatchObject([{ code: 'UNAUTHENTICATED', status: 401 }]);
  await client.auth.login.mutate(credentials);
  const foreign = watchPage(client, 'not mine');
  await expect.poll(() => foreign.errors).toMatchObject([{ name: 'LinkgroveError', code: 'NOT_FOUND' }]);
  const elsewhere = watchPage(createClient({ url: `${stub.url}/api` }));
  await expect.poll(() => elsewhere.errors).toMatchObject([{ code: 'NOT_FOUND', requestId: 'bare' }]);
});

it('a subscription that the platform cannot read ends at once, saying what to do', async () => {
  const withoutBody = async (url: string, init?: RequestInit) =>
    Object.defineProperty(await fetch(url, init), 'body', { value: undefined });
  const madeOfXhr = Object.assign((url: string, init?: RequestInit) => fetch(url, init), { polyfill: true });
  for (const [given, asked] of [
    [withoutBody, 1],
    [madeOfXhr, 0],
  ] as const) {
    const client = createClient({ url: stub.url, fetch: given });
    await client.auth.login.mutate(credentials);
    const before = stub.count('analytics.live');
    const { updates, errors } = watchPage(client);
    await expect
      .poll(() => errors)
      .toMatchObject([{ code: 'UNSUPPORTED', detail: expect.stringContaining('expo/fetch') }]);
    expect([updates, stub.count('analytics.live') - before]).toEqual([[], asked]);
  }
});

it('a subscription can be aborted', async () => {
  const client = createClient({ url: stub.url });
  await client.auth.login.mutate(credentials);
  const stopper = new AbortController();
  const aborted = client.analytics.live.subscribe(
    { id: 'page' },
    { signal: stopper.signal, onError: (error) => failures.push(error) },
  );
  const failures: unknown[] = [];
  stopper.abort();
  await expect.poll(() => failures).toMatchObject([{ code: 'ABORTED' }]);
  aborted.unsubscribe();
});

it('a subscription sends cookies in a browser, those of the visitor on a server, and an API key', async () => {
  const { fetch: browserFetch, requests } = createBrowserFetch();
  const browser = createClient({ url: stub.url, session: 'cookie', fetch: browserFetch });
  await browser.auth.login.mutate(credentials);
  const inBrowser = watchPage(browser);
  await expect.poll(() => inBrowser.updates).toEqual([1, 2]);
  expect(requests.at(-1)?.credentials).toBe('include');
  const cookie = `access_token=${stub.session.access}`;
  const onServer = watchPage(createServerClient({ url: stub.url, cookie }));
  await expect.poll(() => onServer.updates).toEqual([1, 2]);
  const withKey = watchPage(createClient({ url: stub.url, apiKey: 'lg_live_mine' }));
  await expect.poll(() => withKey.errors.length).toBe(1);
  expect(stub.seen.at(-1)?.headers).toMatchObject({ 'x-api-key': 'lg_live_mine' });
  for (const { subscription } of [inBrowser, onServer, withKey]) subscription.unsubscribe();
});
