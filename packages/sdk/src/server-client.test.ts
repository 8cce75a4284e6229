import { afterEach, beforeEach, expect, it } from 'vitest';
import { createServerClient } from './index.ts';
import { catchFailure } from '../test/failures.ts';
import { type Stub, startStub } from '../test/stub.ts';

let stub: Stub;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(() => stub.close());

const credentials = { identifier: 'ada', password: 'correct-horse-battery' };

/** The cookies of a visitor, as a framework keeps them, and what was set. */
function openVisitor(cookies: Record<string, string> = {}) {
  const stored = new Map(Object.entries(cookies));
  const set: string[] = [];
  const client = createServerClient({
    url: stub.url,
    cookies: {
      get: (name) => stored.get(name),
      set: (name, value, { maxAge, httpOnly, secure }) => {
        set.push(name);
        if (maxAge === 0) stored.delete(name);
        else stored.set(name, value);
        expect([httpOnly, secure]).toEqual([
          name !== 'linkgrove_session',
          stub.behaviour.cookiePrefix !== '',
        ]);
      },
    },
  });
  return { client, stored, set };
}

it.each(['', '__Host-'])('a server client signs in and refreshes with cookies named %s…', async (prefix) => {
  stub.behaviour.cookiePrefix = prefix;
  const { client, stored } = openVisitor();
  await client.auth.login.mutate(credentials);
  expect(stored.get(`${prefix}refresh_token`)).toBe('refresh-1');
  stored.delete(`${prefix}access_token`);
  const later = openVisitor(Object.fromEntries(stored));
  await Promise.all([1, 2, 3].map(() => later.client.account.me.query()));
  expect(stub.count('auth.refresh')).toBe(1);
  expect(later.stored.get(`${prefix}access_token`)).toBe('access-2');
});

it('a server client sends the API’s cookies and no other', async () => {
  const { client } = openVisitor({ theme: 'dark', session: 'of the app', referral: 'a b;c', device: 'd' });
  await catchFailure(client.account.me.query());
  expect(stub.seen[0]?.headers.cookie).toBe('device=d; referral=a%20b%3Bc');
});

it('a server client hands on no cookie of a proxy in front of the API', async () => {
  const addCookie = async (url: string, init?: RequestInit) => {
    const { body, status, headers } = await fetch(url, init);
    const more = new Headers(headers);
    more.append('set-cookie', 'session=of the proxy; Path=/');
    return new Response(body, { status, headers: more });
  };
  const lines: string[] = [];
  const onSetCookie = (line: string) => lines.push(line.split('=', 1)[0] ?? '');
  const client = createServerClient({ url: stub.url, cookie: null, onSetCookie, fetch: addCookie });
  await client.auth.login.mutate(credentials);
  expect(lines).toEqual(['access_token', 'refresh_token']);
});

it('a server client tells the visitor’s scripts when the session has expired', async () => {
  const { client, stored, set } = openVisitor({ refresh_token: 'of yesterday', linkgrove_session: '1' });
  expect((await catchFailure(client.account.me.query())).code).toBe('UNAUTHENTICATED');
  expect(set).toEqual(['linkgrove_session', 'linkgrove_session']);
  expect([...stored.keys()]).toEqual(['refresh_token']);
});

it('a server client passes Set-Cookie lines on and reads the Cookie header', async () => {
  const lines: string[] = [];
  const onSetCookie = (line: string) => lines.push(line);
  await createServerClient({ url: stub.url, cookie: null, onSetCookie }).auth.login.mutate(credentials);
  expect(lines).toEqual([
    'access_token=access-1; Max-Age=900; Path=/; HttpOnly; SameSite=Lax',
    'refresh_token=refresh-1; Max-Age=900; Path=/; HttpOnly; SameSite=Lax',
  ]);
  const cookie = 'a=b; access_token=access-1;refresh_token=refresh-1';
  const client = createServerClient({ url: stub.url, cookie });
  await expect(client.account.me.query()).resolves.toMatchObject({ username: 'ada' });
});

it('a server client that cannot hand on cookies refuses an explicit refresh too', async () => {
  const client = createServerClient({ url: stub.url, cookie: 'refresh_token=refresh-1' });
  expect((await catchFailure(client.auth.refresh.mutate())).code).toBe('UNAUTHENTICATED');
  expect(stub.count('auth.refresh')).toBe(0);
});
