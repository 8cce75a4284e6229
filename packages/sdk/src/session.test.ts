import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient, LinkgroveError, type SessionStore, type SessionTokens } from './index.ts';
import { browserFetch, type Stub, startStub } from '../test/stub.ts';

let stub: Stub;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(() => stub.close());

const credentials = { identifier: 'ada', password: 'correct-horse-battery' };
const failure = (call: Promise<unknown>): Promise<LinkgroveError> =>
  call.then(
    () => {
      throw new Error('It did not fail');
    },
    (error: unknown) => error as LinkgroveError,
  );
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

  it('lives in memory where nothing else was asked for', async () => {
    const client = createClient({ url: `${stub.url}/` });
    await client.auth.register.mutate({ email: 'a@example.com', username: 'ada', password: 'x' });
    await expect(client.account.me.query()).resolves.toMatchObject({ username: 'ada' });
  });

  it('shows the refresh token to refresh and logout only', async () => {
    const { client } = await signIn();
    stub.expire();
    await client.account.me.query();
    await client.auth.resendVerification.mutate();
    await client.auth.logout.mutate();
    const withCookie = stub.seen.filter(({ headers }) => headers.cookie);
    expect(withCookie.map(({ calls }) => calls)).toEqual([['auth.refresh'], ['auth.logout']]);
    expect(withCookie[0]?.headers.cookie).toContain('refresh_token=refresh-1');
  });

  it('understands the cookie names of a server behind https', async () => {
    stub.behaviour.cookiePrefix = '__Host-';
    const { client, store } = await signIn();
    expect(store.tokens?.refreshToken).toBe('refresh-1');
    stub.expire();
    await client.account.me.query();
    expect(store.tokens).toEqual({ accessToken: 'access-2', refreshToken: 'refresh-2' });
  });

  it('goes on with the tokens that its store had kept', async () => {
    const { store } = await signIn();
    stub.expire();
    const later = createClient({ url: stub.url, session: openStore(store.tokens) });
    await expect(later.account.me.query()).resolves.toMatchObject({ username: 'ada' });
  });

  it('is cleared by logout, which takes an access token that ran out', async () => {
    const { client, store } = await signIn();
    stub.expire();
    await client.auth.logout.mutate();
    expect(store.tokens).toBeNull();
    expect(stub.count('auth.refresh')).toBe(0);
  });
});

describe('an access token that ran out', () => {
  it.each(['queries', 'mutations'])('is renewed once for thirty parallel %s', async (kind) => {
    const { client, store } = await signIn();
    stub.expire();
    const call = () =>
      kind === 'queries' ? client.account.me.query() : client.auth.resendVerification.mutate();
    await expect(Promise.all(times(30, call))).resolves.toHaveLength(30);
    expect(stub.count('auth.refresh')).toBe(1);
    expect(store.tokens).toEqual({ accessToken: 'access-2', refreshToken: 'refresh-2' });
  });

  it('is not renewed again for a refusal that arrives after the renewal', async () => {
    const { client } = await signIn();
    stub.expire();
    stub.behaviour.slowMs = 150;
    const late = client.auth.resendVerification.mutate();
    await expect.poll(() => stub.count('auth.resendVerification')).toBe(1);
    stub.behaviour.slowMs = 0;
    await client.account.me.query();
    await late;
    expect(stub.count('auth.refresh')).toBe(1);
  });

  it('is not renewed when somebody who shares the store has just done it', async () => {
    const { client, store } = await signIn();
    stub.expire();
    const other = createClient({ url: stub.url, session: store });
    stub.behaviour.slowMs = 150;
    const late = client.account.me.query();
    await expect.poll(() => stub.count('account.me')).toBe(1);
    stub.behaviour.slowMs = 0;
    await other.account.me.query();
    await late;
    expect(stub.count('auth.refresh')).toBe(1);
  });

  it('can be renewed many times, each once', async () => {
    const { client } = await signIn();
    for (const round of [1, 2, 3]) {
      stub.expire();
      await Promise.all(times(5, () => client.account.me.query()));
      expect(stub.count('auth.refresh')).toBe(round);
    }
  });

  it('leads to one repetition only', async () => {
    const { client } = await signIn();
    stub.behaviour.access = 'refused';
    expect((await failure(client.account.me.query())).detail).toBe('Refused access-2');
    expect(stub.count('account.me')).toBe(2);
    expect(stub.count('auth.refresh')).toBe(1);
  });

  it('is not renewed for somebody who has signed in as another in the meantime', async () => {
    const { client, store } = await signIn();
    stub.expire();
    stub.behaviour.slowMs = 150;
    const call = failure(client.auth.resendVerification.mutate());
    await expect.poll(() => stub.count('auth.resendVerification')).toBe(1);
    await client.auth.login.mutate(credentials);
    expect((await call).detail).toBe('Refused access-1');
    expect(stub.count('auth.resendVerification')).toBe(1);
    expect(store.tokens?.accessToken).toBe('access-2');
  });
});

describe('a refresh that fails', () => {
  it('throws the first error and clears the store when it is refused', async () => {
    const { client, store } = await signIn();
    stub.expire();
    stub.behaviour.refresh = 'refused';
    const errors = await Promise.all(times(30, () => failure(client.auth.resendVerification.mutate())));
    for (const error of errors) {
      expect(error).toBeInstanceOf(LinkgroveError);
      expect(error).toMatchObject({ code: 'SESSION_EXPIRED', detail: 'Refused access-1' });
    }
    expect(stub.count('auth.refresh')).toBe(1);
    expect(store.tokens).toBeNull();
  });

  it('says so and keeps the session when the server is only busy', async () => {
    const { client, store } = await signIn();
    stub.expire();
    stub.behaviour.refresh = 'down';
    const errors = await Promise.all(times(5, () => failure(client.account.me.query())));
    expect(errors.map(({ code }) => code)).toEqual(times(5, () => 'UNAVAILABLE'));
    expect(stub.count('auth.refresh')).toBe(1);
    stub.behaviour.refresh = 'works';
    await client.account.me.query();
    expect(store.tokens?.accessToken).toBe('access-2');
  });

  it('is not undone by a sign-out through the store while it runs', async () => {
    const { client, store } = await signIn();
    stub.expire();
    stub.behaviour.refreshMs = 150;
    const call = failure(client.account.me.query());
    await expect.poll(() => stub.count('auth.refresh')).toBe(1);
    await store.set(null);
    await call;
    expect(store.tokens).toBeNull();
  });

  it('clears the store also when it was called by hand', async () => {
    const { client, store } = await signIn();
    stub.behaviour.refresh = 'refused';
    expect((await failure(client.auth.refresh.mutate())).code).toBe('SESSION_EXPIRED');
    expect(store.tokens).toBeNull();
    expect(stub.count('auth.refresh')).toBe(1);
  });
});

describe('no refresh is tried', () => {
  it('without a session, or without a refresh token', async () => {
    const anonymous = createClient({ url: stub.url });
    expect((await failure(anonymous.account.me.query())).code).toBe('UNAUTHENTICATED');
    const bare = createClient({ url: stub.url, session: openStore({ accessToken: 'old' }) });
    expect((await failure(bare.account.me.query())).code).toBe('SESSION_EXPIRED');
    expect(stub.count('auth.refresh')).toBe(0);
  });

  it('for a wrong password', async () => {
    const { client, store } = await signIn();
    const login = client.auth.login.mutate({ identifier: 'ada', password: 'wrong' });
    expect((await failure(login)).code).toBe('INVALID_CREDENTIALS');
    const reset = client.auth.resetPassword.mutate({ token: 'x', password: 'x' });
    expect((await failure(reset)).code).toBe('INVALID_CREDENTIALS');
    expect(stub.count('auth.refresh')).toBe(0);
    expect(store.tokens?.accessToken).toBe('access-1');
  });
});

describe('a cookie session', () => {
  it('leaves everything to the browser', async () => {
    const browser = browserFetch();
    const client = createClient({ url: stub.url, session: 'cookie', fetch: browser.fetch });
    await client.auth.login.mutate(credentials);
    await client.account.me.query();
    expect(browser.requests.map(({ credentials }) => credentials)).toEqual(['include', 'include']);
    expect(stub.seen.some(({ headers }) => headers.authorization)).toBe(false);
  });

  it('is renewed once for thirty parallel calls', async () => {
    const browser = browserFetch();
    const client = createClient({ url: stub.url, session: 'cookie', fetch: browser.fetch });
    await client.auth.login.mutate(credentials);
    stub.expire();
    const calls = times(30, () => client.auth.resendVerification.mutate());
    await expect(Promise.all(calls)).resolves.toHaveLength(30);
    expect(stub.count('auth.refresh')).toBe(1);
    expect(browser.jar.get('access_token')).toBe('access-2');
  });

  it('asks once for parallel calls of a visitor who is not signed in', async () => {
    const client = createClient({ url: stub.url, session: 'cookie', fetch: browserFetch().fetch });
    const errors = await Promise.all(times(5, () => failure(client.auth.resendVerification.mutate())));
    expect(errors.map(({ code }) => code)).toEqual(times(5, () => 'UNAUTHENTICATED'));
    expect(stub.count('auth.refresh')).toBe(1);
  });

  it('lets a sign-in wait for a refresh, whose cookies would otherwise come last', async () => {
    const browser = browserFetch();
    const client = createClient({ url: stub.url, session: 'cookie', fetch: browser.fetch });
    await client.auth.login.mutate(credentials);
    stub.expire();
    stub.behaviour.refreshMs = 150;
    const call = client.account.me.query();
    await expect.poll(() => stub.count('auth.refresh')).toBe(1);
    await Promise.allSettled([call, client.auth.login.mutate(credentials)]);
    expect(browser.jar.get('refresh_token')).toBe('refresh-3');
  });

  it('is what a browser page gets unless it asks for another', async () => {
    Object.assign(globalThis, { window: globalThis, document: {} });
    try {
      const browser = browserFetch();
      await createClient({ url: stub.url, fetch: browser.fetch }).auth.login.mutate(credentials);
      expect(browser.requests[0]?.credentials).toBe('include');
    } finally {
      Reflect.deleteProperty(globalThis, 'window');
      Reflect.deleteProperty(globalThis, 'document');
    }
  });
});
