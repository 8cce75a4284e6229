import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient, LinkgroveError, type SessionStore, type SessionTokens } from './index.ts';
import { catchFailure } from '../test/failures.ts';
import { createBrowserFetch, type Stub, startStub } from '../test/stub.ts';

let stub: Stub;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(() => stub.close());

const credentials = { identifier: 'ada', password: 'correct-horse-battery' };
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

function openStore(tokens: SessionTokens | null = null) {
  const store = {
    tokens,
    get: async () => store.tokens,
    set: async (next: SessionTokens | null) => void (store.tokens = next),
  };
  return store satisfies SessionStore;
}

async function signIn(store = openStore()) {
  const client = createClient({ url: stub.url, session: store });
  await client.auth.login.mutate(credentials);
  return { client, store };
}

describe('a token session', () => {
  it('keeps the tokens of a sign-in and sends the access token', async () => {
    const { client, store } = await signIn();
    expect(store.tokens).toEqual({ accessToken: 'access-1', refreshToken: 'refresh-1' });
    await expect(client.account.me.query()).resolves.toMatchObject({ username: 'ada' });
    expect(stub.seen.at(-1)?.headers.authorization).toBe('Bearer access-1');
  });

  it('is kept in memory by default', async () => {
    const client = createClient({ url: `${stub.url}/` });
    await client.auth.register.mutate({ email: 'a@example.com', username: 'ada', password: 'x' });
    await expect(client.account.me.query()).resolves.toMatchObject({ username: 'ada' });
  });

  it('sends the refresh token only to refresh and logout', async () => {
    const { client } = await signIn();
    stub.expire();
    await client.account.me.query();
    await client.auth.resendVerification.mutate();
    await client.auth.logout.mutate();
    const withToken = stub.seen.filter(({ headers }) => headers['linkgrove-refresh-token']);
    expect(withToken.map(({ calls }) => calls)).toEqual([['auth.refresh'], ['auth.logout']]);
    expect(withToken[0]?.headers['linkgrove-refresh-token']).toBe('refresh-1');
    expect(stub.seen.some(({ headers }) => headers.cookie)).toBe(false);
  });

  it('is carried to no other server by a redirect', async () => {
    const moved = createServer((request, response) =>
      response.writeHead(307, { location: `${stub.url}${request.url}` }).end(),
    );
    await new Promise<void>((resolve) => moved.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(moved.address() as AddressInfo).port}`;
    const store = openStore({ accessToken: 'access-0', refreshToken: 'refresh-0' });
    const client = createClient({ url, session: store });
    for (const call of [() => client.auth.refresh.mutate(), () => client.account.me.query()])
      expect(await catchFailure(call())).toMatchObject({ code: 'NETWORK', status: 307 });
    expect(stub.seen).toEqual([]);
    moved.close();
  });

  it('continues with the tokens from its store', async () => {
    const { store } = await signIn();
    stub.expire();
    const later = createClient({ url: stub.url, session: openStore(store.tokens) });
    await expect(later.account.me.query()).resolves.toMatchObject({ username: 'ada' });
  });

  it('is cleared by logout, even with an expired access token', async () => {
    const { client, store } = await signIn();
    stub.expire();
    await client.auth.logout.mutate();
    expect(store.tokens).toBeNull();
    expect(stub.count('auth.refresh')).toBe(0);
  });
});

describe('an expired access token', () => {
  it.each(['queries', 'mutations'])('is refreshed once for thirty parallel %s', async (kind) => {
    const { client, store } = await signIn();
    stub.expire();
    const call = () =>
      kind === 'queries' ? client.account.me.query() : client.auth.resendVerification.mutate();
    await expect(Promise.all(times(30, call))).resolves.toHaveLength(30);
    expect(stub.count('auth.refresh')).toBe(1);
    expect(store.tokens).toEqual({ accessToken: 'access-2', refreshToken: 'refresh-2' });
  });

  it('is not refreshed again for a rejection that arrives after the refresh', async () => {
    const { client } = await signIn();
    stub.expire();
    stub.behaviour.slowMs = 1_000;
    const late = client.auth.resendVerification.mutate();
    await expect.poll(() => stub.count('auth.resendVerification')).toBe(1);
    stub.behaviour.slowMs = 0;
    await client.account.me.query();
    await late;
    expect(stub.count('auth.refresh')).toBe(1);
  });

  it('is not refreshed if another client with the same store has just done so', async () => {
    const { client, store } = await signIn();
    stub.expire();
    const other = createClient({ url: stub.url, session: store });
    stub.behaviour.slowMs = 1_000;
    const late = client.account.me.query();
    await expect.poll(() => stub.count('account.me')).toBe(1);
    stub.behaviour.slowMs = 0;
    await other.account.me.query();
    await late;
    expect(stub.count('auth.refresh')).toBe(1);
  });

  it('is refreshed each time it expires', async () => {
    const { client } = await signIn();
    for (const round of [1, 2, 3]) {
      stub.expire();
      await Promise.all(times(5, () => client.account.me.query()));
      expect(stub.count('auth.refresh')).toBe(round);
    }
  });

  it('causes only one repetition of a call', async () => {
    const { client } = await signIn();
    stub.behaviour.access = 'refused';
    expect((await catchFailure(client.account.me.query())).detail).toBe('Refused access-2');
    expect(stub.count('account.me')).toBe(2);
    expect(stub.count('auth.refresh')).toBe(1);
  });

  it('is not refreshed if another user has signed in in the meantime', async () => {
    const { client, store } = await signIn();
    stub.expire();
    stub.behaviour.slowMs = 1_000;
    const call = catchFailure(client.auth.resendVerification.mutate());
    await expect.poll(() => stub.count('auth.resendVerification')).toBe(1);
    await client.auth.login.mutate(credentials);
    expect((await call).detail).toBe('Refused access-1');
    expect(stub.count('auth.resendVerification')).toBe(1);
    expect(store.tokens?.accessToken).toBe('access-2');
  });
});

describe('a refresh that fails', () => {
  it('throws the first error and clears the store if it is rejected', async () => {
    const { client, store } = await signIn();
    stub.expire();
    stub.behaviour.refresh = 'refused';
    const errors = await Promise.all(times(30, () => catchFailure(client.auth.resendVerification.mutate())));
    for (const error of errors) {
      expect(error).toBeInstanceOf(LinkgroveError);
      expect(error).toMatchObject({ code: 'SESSION_EXPIRED', detail: 'Refused access-1' });
    }
    expect(stub.count('auth.refresh')).toBe(1);
    expect(store.tokens).toBeNull();
  });

  it('rejects the calls and keeps the session if the server is busy', async () => {
    const { client, store } = await signIn();
    stub.expire();
    stub.behaviour.refresh = 'down';
    const errors = await Promise.all(times(5, () => catchFailure(client.account.me.query())));
    expect(errors.map(({ code }) => code)).toEqual(times(5, () => 'UNAVAILABLE'));
    expect(stub.count('auth.refresh')).toBe(1);
    stub.behaviour.refresh = 'works';
    await client.account.me.query();
    expect(store.tokens?.accessToken).toBe('access-2');
  });

  it('does not undo a sign-out that happens while it runs', async () => {
    const { client, store } = await signIn();
    stub.expire();
    stub.behaviour.refreshMs = 1_000;
    const call = catchFailure(client.account.me.query());
    await expect.poll(() => stub.count('auth.refresh')).toBe(1);
    await store.set(null);
    await call;
    expect(store.tokens).toBeNull();
  });

  it('clears the store even if the caller started it', async () => {
    const { client, store } = await signIn();
    stub.behaviour.refresh = 'refused';
    expect((await catchFailure(client.auth.refresh.mutate())).code).toBe('SESSION_EXPIRED');
    expect(store.tokens).toBeNull();
    expect(stub.count('auth.refresh')).toBe(1);
  });
});

describe('a call is not followed by a refresh', () => {
  it('without a session, or without a refresh token', async () => {
    const anonymous = createClient({ url: stub.url });
    expect((await catchFailure(anonymous.account.me.query())).code).toBe('UNAUTHENTICATED');
    const bare = createClient({ url: stub.url, session: openStore({ accessToken: 'old' }) });
    expect((await catchFailure(bare.account.me.query())).code).toBe('SESSION_EXPIRED');
    expect(stub.count('auth.refresh')).toBe(0);
  });

  it('after a wrong password', async () => {
    const { client, store } = await signIn();
    const login = client.auth.login.mutate({ identifier: 'ada', password: 'wrong' });
    expect((await catchFailure(login)).code).toBe('INVALID_CREDENTIALS');
    const reset = client.auth.resetPassword.mutate({ token: 'x', password: 'x' });
    expect((await catchFailure(reset)).code).toBe('INVALID_CREDENTIALS');
    expect(stub.count('auth.refresh')).toBe(0);
    expect(store.tokens?.accessToken).toBe('access-1');
  });
});

describe('a cookie session', () => {
  it('leaves the cookies to the browser', async () => {
    const browser = createBrowserFetch();
    const client = createClient({ url: stub.url, session: 'cookie', fetch: browser.fetch });
    await client.auth.login.mutate(credentials);
    await client.account.me.query();
    expect(browser.requests.map((request) => request.credentials)).toEqual(['include', 'include']);
    expect(stub.seen.some(({ headers }) => headers.authorization)).toBe(false);
  });

  it('is refreshed once for thirty parallel calls', async () => {
    const browser = createBrowserFetch();
    const client = createClient({ url: stub.url, session: 'cookie', fetch: browser.fetch });
    await client.auth.login.mutate(credentials);
    stub.expire();
    const calls = times(30, () => client.auth.resendVerification.mutate());
    await expect(Promise.all(calls)).resolves.toHaveLength(30);
    expect(stub.count('auth.refresh')).toBe(1);
    expect(browser.jar.get('access_token')).toBe('access-2');
  });

  it('is refreshed once for parallel calls of a visitor who is not signed in', async () => {
    const client = createClient({ url: stub.url, session: 'cookie', fetch: createBrowserFetch().fetch });
    const errors = await Promise.all(times(5, () => catchFailure(client.auth.resendVerification.mutate())));
    expect(errors.map(({ code }) => code)).toEqual(times(5, () => 'UNAUTHENTICATED'));
    expect(stub.count('auth.refresh')).toBe(1);
  });

  it('lets a sign-in wait for a refresh, so that its cookies are set last', async () => {
    const browser = createBrowserFetch();
    const client = createClient({ url: stub.url, session: 'cookie', fetch: browser.fetch });
    await client.auth.login.mutate(credentials);
    stub.expire();
    stub.behaviour.refreshMs = 1_000;
    const call = client.account.me.query();
    await expect.poll(() => stub.count('auth.refresh')).toBe(1);
    await Promise.allSettled([call, client.auth.login.mutate(credentials)]);
    expect(browser.jar.get('refresh_token')).toBe('refresh-3');
  });

  it('is the default in a browser page', async () => {
    Object.assign(globalThis, { window: globalThis, document: {} });
    try {
      const browser = createBrowserFetch();
      await createClient({ url: stub.url, fetch: browser.fetch }).auth.login.mutate(credentials);
      expect(browser.requests[0]?.credentials).toBe('include');
    } finally {
      Reflect.deleteProperty(globalThis, 'window');
      Reflect.deleteProperty(globalThis, 'document');
    }
  });
});
