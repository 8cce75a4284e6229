import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPerson, startTestServer, type TestServer } from '../../../apps/server/test/kit/index.ts';
import { createClient, isLinkgroveError, type SessionStore, type SessionTokens } from '../src/index.ts';
import { createBrowserFetch } from './stub.ts';

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

describe('the SDK against the real server', () => {
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

  it('edits pages and blocks, and reports a concurrent change', async () => {
    const client = createClient({ url: server.url, session: openStore() });
    await client.auth.register.mutate(newPerson());
    const [page] = (await client.pages.list.query({})).items;
    if (!page) throw new Error('There is no first page');
    const block = await client.blocks.create.mutate({
      id: page.id,
      type: 'text',
      data: { text: 'Hello' },
      startsAt: '2030-01-01T00:00:00+01:00',
    });
    if (block.type !== 'text') throw new Error('Expected a text block');
    expect([block.data.text, block.startsAt]).toEqual(['Hello', '2029-12-31T23:00:00.000Z']);
    // The page counts changes of its blocks, too.
    const { id, version } = await client.pages.get.query({ id: page.id });
    await expect(client.pages.update.mutate({ id, version, published: true })).resolves.toMatchObject({
      published: true,
    });
    const late = await client.pages.update
      .mutate({ id, version, title: 'x' })
      .catch((thrown: unknown) => thrown);
    expect(isLinkgroveError(late, 'PRECONDITION_FAILED')).toBe(true);
    await client.blocks.order.mutate({ id, ids: [block.id] });
    await client.blocks.delete.mutate({ id: block.id });
    expect((await client.blocks.list.query({ id, deleted: true })).items).toHaveLength(1);
  });

  it('keeps a browser signed in by its cookies', async () => {
    const browser = createBrowserFetch();
    const client = createClient({ url: server.url, session: 'cookie', fetch: browser.fetch });
    const person = newPerson();
    await client.auth.register.mutate(person);
    browser.jar.set('access_token', 'no longer valid');
    await expect(client.account.me.query()).resolves.toMatchObject({ username: person.username });
  });

  it('reports every invalid member of an input', async () => {
    const client = createClient({ url: server.url });
    const error = await client.auth.register
      .mutate({ email: 'nowhere', username: 'x', password: 'short' })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'VALIDATION_FAILED', status: 400 });
    const paths = (error as { errors: { path: string }[] }).errors.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['email', 'username', 'password']));
  });

  it('knows the cookie names of an https server', async () => {
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
