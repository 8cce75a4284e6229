import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPerson, startTestServer, type TestServer } from '../../../apps/server/test/harness.ts';
import { createClient, type SessionStore, type SessionTokens } from '../src/index.ts';
import { browserFetch } from './stub.ts';

let server: TestServer;
const start = (env = {}) => startTestServer({ env });
beforeAll(async () => {
  server = await start();
});
afterAll(() => server.close());

function openStore(tokens: SessionTokens | null = null) {
  const store = {
    tokens,
    get: () => store.tokens,
    set: (next: SessionTokens | null) => {
      store.tokens = next;
    },
  };
  return store satisfies SessionStore;
}

describe('against the real server', () => {
  it('signs up, renews a session for many calls at once, and signs out', async () => {
    const store = openStore();
    const client = createClient({ url: server.url, session: store });
    const person = newPerson();
    await client.auth.register.mutate(person);
    const first = store.tokens;
    await expect(client.account.me.query()).resolves.toMatchObject({ username: person.username });

    store.tokens = { accessToken: 'no longer valid', refreshToken: first?.refreshToken };
    const users = await Promise.all(Array.from({ length: 30 }, () => client.account.me.query()));
    expect(users.every(({ email }) => email === person.email)).toBe(true);
    expect(store.tokens.refreshToken).not.toBe(first?.refreshToken);

    const last = store.tokens;
    await client.auth.logout.mutate();
    expect(store.tokens).toBeNull();
    const stolen = openStore(last);
    const error = await createClient({ url: server.url, session: stolen })
      .account.me.query()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SESSION_EXPIRED', status: 401 });
    expect(stolen.tokens).toBeNull();
  });

  it('keeps a browser signed in by its cookies', async () => {
    const browser = browserFetch();
    const client = createClient({ url: server.url, session: 'cookie', fetch: browser.fetch });
    const person = newPerson();
    await client.auth.register.mutate(person);
    browser.jar.set('access_token', 'no longer valid');
    await expect(client.account.me.query()).resolves.toMatchObject({ username: person.username });
  });

  it('tells every row of a refused input', async () => {
    const client = createClient({ url: server.url });
    const error = await client.auth.register
      .mutate({ email: 'nowhere', username: 'x', password: 'short' })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'VALIDATION_FAILED', status: 400 });
    const paths = (error as { errors: { path: string }[] }).errors.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['email', 'username', 'password']));
  });

  it('knows the cookie names of a server behind https', async () => {
    const secure = await start({ PUBLIC_URL: 'https://api.linkgrove.test' });
    const store = openStore();
    const client = createClient({ url: secure.url, session: store });
    await client.auth.register.mutate(newPerson());
    store.tokens = { accessToken: 'no longer valid', refreshToken: store.tokens?.refreshToken };
    await client.account.me.query();
    expect(store.tokens.accessToken).not.toBe('no longer valid');
    await secure.close();
  });
});
