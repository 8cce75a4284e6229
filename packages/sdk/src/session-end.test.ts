import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ClientOptions, createClient } from './index.ts';
import { catchFailure } from '../test/failures.ts';
import { createBrowserFetch, type Stub, startStub } from '../test/stub.ts';

let stub: Stub;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(() => {
  vi.unstubAllGlobals();
  return stub.close();
});

const credentials = { identifier: 'ada', password: 'correct-horse-battery' };

/** A page on the API's own host, or on another, whose scripts see the given cookies. */
function openPage({ hostname = '127.0.0.1', cookie = '' } = {}) {
  const document = { cookie };
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('document', document);
  const origin = `http://${hostname}:5173`;
  vi.stubGlobal('location', { hostname, origin, href: `${origin}/`, search: '' });
  return document;
}

/** A client of a page, with the reasons for which its session ended. */
function connect(options: Partial<ClientOptions> = {}) {
  const reasons: string[] = [];
  const browser = createBrowserFetch();
  const client = createClient({
    url: stub.url,
    fetch: browser.fetch,
    onSessionEnd: (reason) => reasons.push(reason),
    ...options,
  });
  return { client, reasons, browser };
}

describe('onSessionEnd', () => {
  it('is called once when the session has expired, and not for a visitor without one', async () => {
    openPage({ cookie: 'linkgrove_session=1' });
    const { client, reasons } = connect();
    await catchFailure(client.account.me.query());
    expect(reasons).toEqual([]);
    await client.auth.login.mutate(credentials);
    stub.expire();
    stub.behaviour.refresh = 'refused';
    await Promise.all([1, 2, 3].map(() => catchFailure(client.account.me.query())));
    await expect.poll(() => reasons).toEqual(['expired']);
  });

  it('is called in every tab when one signs out', async () => {
    openPage();
    const [one, two] = [connect(), connect()];
    await one.client.auth.login.mutate(credentials);
    await one.client.auth.logout.mutate();
    await expect.poll(() => [one.reasons, two.reasons]).toEqual([['signed-out'], ['signed-out']]);
  });

  it('is called for a session in memory too, but in no other tab', async () => {
    openPage();
    const [one, two] = [connect({ session: 'token' }), connect({ session: 'token' })];
    await one.client.auth.login.mutate(credentials);
    await one.client.auth.logout.mutate();
    await expect.poll(() => one.reasons).toEqual(['signed-out']);
    expect(two.reasons).toEqual([]);
  });

  it('cannot fail the call that it is called for', async () => {
    const failures: unknown[] = [];
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (error) => failures.push(error));
    const { client } = connect({
      session: 'token',
      onSessionEnd: () => {
        throw new Error('of the app');
      },
    });
    await client.auth.login.mutate(credentials);
    await expect(client.auth.logout.mutate()).resolves.toBeUndefined();
    await expect.poll(() => failures).toEqual([new Error('of the app')]);
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
  });
});

describe('a visitor without a session', () => {
  it('costs no refresh on a page of the API’s own host', async () => {
    openPage();
    const { client } = connect();
    expect((await catchFailure(client.account.me.query())).code).toBe('UNAUTHENTICATED');
    expect(stub.count('auth.refresh')).toBe(0);
  });

  it('costs one on another host, where the marker cannot be read', async () => {
    openPage({ hostname: 'app.example' });
    await catchFailure(connect().client.account.me.query());
    expect(stub.count('auth.refresh')).toBe(1);
  });

  it('costs one if the marker is left over, and none after that', async () => {
    const document = openPage({ cookie: 'theme=dark; linkgrove_session=1' });
    const { client } = connect();
    await catchFailure(client.account.me.query());
    expect(stub.count('auth.refresh')).toBe(1);
    // A browser removes the cookie; this page keeps what was written last.
    expect(document.cookie).toBe('linkgrove_session=; Max-Age=0; Path=/');
  });
});

it('a session that this page began is refreshed even if no marker is seen', async () => {
  openPage();
  const { client } = connect();
  await client.auth.login.mutate(credentials);
  stub.expire();
  await expect(client.account.me.query()).resolves.toMatchObject({ username: 'ada' });
});

it('a network error hints at CORS_ORIGINS on a page under development, and only there', async () => {
  const fail = async () => {
    throw new TypeError('Failed to fetch');
  };
  const detailOn = async (hostname: string, url: string) => {
    openPage({ hostname });
    const { client } = connect({ url, fetch: fail, retries: 0 });
    return (await catchFailure(client.account.me.query())).detail;
  };
  const plain = 'The API did not answer: Failed to fetch';
  expect(await detailOn('localhost', 'http://localhost:3000')).toBe(
    `${plain}. If it is running, add http://localhost:5173 to its CORS_ORIGINS`,
  );
  expect(await detailOn('localhost', 'http://localhost:5173')).toBe(plain);
  expect(await detailOn('app.example', 'https://api.example')).toBe(plain);
});
