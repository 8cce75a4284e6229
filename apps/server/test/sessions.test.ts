import { generateId } from '@linkgrove/api';
import { decodeJwt } from 'jose';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { BROWSER, PASSWORD, type SignedUp, startInstance, useTestServer } from './kit/index.ts';

const server = useTestServer();

/** Signs in once more, in a browser; returns the access token. */
const openSession = async ({ username }: SignedUp): Promise<string> =>
  (await server.login(username, PASSWORD, { headers: { 'user-agent': BROWSER } })).body.accessToken;
const readSessions = async (token: string) => (await server.call('GET', '/api/sessions', { token })).body;
const statusOf = async (token: string) => (await server.call('GET', '/api/me', { token })).status;

it('sessions are listed with device and address, and the current one is marked', async () => {
  const ada = await server.signUp();
  const second = await openSession(ada);
  const { items, nextCursor } = await readSessions(second);
  expect(nextCursor).toBeNull();
  expect(items).toMatchObject([
    {
      userAgent: BROWSER,
      device: 'Firefox on Linux',
      ip: '127.0.0.1',
      current: true,
      amr: ['pwd'],
      name: null,
    },
    { current: false },
  ]);
  for (const session of items) {
    expect(Object.keys(session).toSorted()).toEqual(
      ['amr', 'createdAt', 'current', 'device', 'id', 'ip', 'lastUsedAt', 'name', 'userAgent'].toSorted(),
    );
  }
});

it('a session can be named by its owner, and tells in its token how it began, also after a refresh', async () => {
  const [ada, eve] = [await server.signUp(), await server.signUp()];
  const [{ id }] = (await readSessions(ada.token)).items;
  const rename = (who: SignedUp, name: string | null) =>
    server.as(who, 'PATCH', `/api/sessions/${id}`, { name });
  expect((await rename(eve, 'Mine')).status).toBe(404);
  expect((await rename(ada, ' Laptop at work ')).status).toBe(204);
  expect((await rename(ada, '')).body.errors[0].path).toBe('name');
  expect((await readSessions(ada.token)).items[0].name).toBe('Laptop at work');
  expect((await rename(ada, null)).status).toBe(204);
  const refreshed = await server.call('POST', '/api/refresh', { cookie: ada.cookie });
  for (const token of [ada.token, refreshed.body.accessToken])
    expect(decodeJwt(token)).toMatchObject({ sid: id, amr: ['pwd'] });
  await server.call('DELETE', `/api/sessions/${id}`, { token: ada.token });
  expect(
    (await server.as({ token: await openSession(ada) }, 'PATCH', `/api/sessions/${id}`, { name: 'x' }))
      .status,
  ).toBe(404);
});

it('the operator decides how long sessions last without use, and at most', async () => {
  const env = { SESSION_IDLE_TIMEOUT: '1h', SESSION_LIFETIME: '2h' };
  const strict = await startInstance(server.databaseUrl, env);
  const { user, cookie } = await strict.signUp();
  const readEnd = async () => {
    const { rows } = await sql<{ end: number }>`
      select round(extract(epoch from expires_at - now()) / 60)::int as "end" from sessions where user_id = ${user.id}`.execute(
      server.app.db,
    );
    return rows[0]?.end;
  };
  expect(await readEnd()).toBe(60);
  await sql`update sessions set created_at = now() - interval '90 minutes' where user_id = ${user.id}`.execute(
    server.app.db,
  );
  const refreshed = await strict.call('POST', '/api/refresh', { cookie });
  expect([refreshed.status, await readEnd()]).toEqual([200, 30]);
  expect(refreshed.headers.getSetCookie().find((line) => line.startsWith('refresh_token='))).toContain(
    'Max-Age=3600',
  );
  await strict.close();
});

it('a session is ended by its owner, and looks non-existent to others', async () => {
  const [ada, eve] = [await server.signUp(), await server.signUp()];
  const second = await openSession(ada);
  const [session] = (await readSessions(second)).items;
  const end = (token: string, id: string) => server.call('DELETE', `/api/sessions/${id}`, { token });
  expect(await end(eve.token, session.id)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  expect(await statusOf(second)).toBe(200);
  expect((await end(ada.token, session.id)).status).toBe(204);
  expect(await statusOf(second)).toBe(401);
  expect((await end(ada.token, session.id)).status).toBe(404);
  expect((await end(ada.token, generateId())).status).toBe(404);
  expect((await end(ada.token, 'nonsense')).body.errors[0].path).toBe('id');
});

it('all sessions except the current one end together', async () => {
  const ada = await server.signUp();
  const others = [await openSession(ada), await openSession(ada)];
  expect((await server.call('DELETE', '/api/sessions', { token: ada.token })).status).toBe(204);
  for (const token of others) expect(await statusOf(token)).toBe(401);
  expect(await statusOf(ada.token)).toBe(200);
  expect((await readSessions(ada.token)).items).toHaveLength(1);
});

it('a session records its last use, at most once a minute', async () => {
  const ada = await server.signUp();
  const lastUsed = async () =>
    (
      await server.app.db
        .selectFrom('sessions')
        .select('last_used_at')
        .where('user_id', '=', ada.user.id)
        .executeTakeFirstOrThrow()
    ).last_used_at;
  const long = new Date(Date.now() - 3_600_000);
  await server.app.db
    .updateTable('sessions')
    .set({ last_used_at: long })
    .where('user_id', '=', ada.user.id)
    .execute();
  await statusOf(ada.token);
  const noted = await lastUsed();
  expect(noted.getTime()).toBeGreaterThan(long.getTime());
  await statusOf(ada.token);
  expect(await lastUsed()).toEqual(noted);
});

describe('on another instance', () => {
  it('unknown notifications are ignored', async () => {
    for (const message of [
      'nonsense',
      '{}',
      'null',
      '{"cache":"of-a-newer-version","key":"x"}',
      '{"cache":"toString","key":"x"}',
      '{"cache":"users","key":1}',
    ]) {
      await sql`select pg_notify('linkgrove', ${message})`.execute(server.app.db);
    }
    const ada = await server.signUp();
    expect(await statusOf(ada.token)).toBe(200);
  });

  it('an ended session is refused within a second, even with a valid access token', async () => {
    const other = await startInstance(server.databaseUrl);
    const ada = await server.signUp();
    const elsewhere = async () => (await other.call('GET', '/api/me', { token: ada.token })).status;
    expect(await elsewhere()).toBe(200);
    await server.call('POST', '/api/logout', { cookie: ada.cookie });
    const ended = performance.now();
    let lastAccepted = ended;
    for (let asked = ended; (await elsewhere()) === 200; asked = performance.now()) lastAccepted = asked;
    expect(await elsewhere()).toBe(401);
    // When it was asked, not when it answered, which takes longer on a busy machine.
    expect(lastAccepted - ended).toBeLessThan(1_000);
    await other.close();
  });
});

describe('a token session', () => {
  const asked = { 'linkgrove-session': 'token' };
  const renew = (token: string) =>
    server.post('/api/refresh', undefined, { headers: { ...asked, 'linkgrove-refresh-token': token } });
  const tokenOf = ({ headers }: Awaited<ReturnType<typeof renew>>) =>
    headers.get('linkgrove-refresh-token') ?? '';

  it('has no cookies: its refresh token travels in headers, and is rotated', async () => {
    const { username } = await server.signUp();
    const login = await server.login(username, PASSWORD, { headers: asked });
    expect(login.cookies).not.toHaveProperty('refresh_token');
    expect(tokenOf(login)).toMatch(/^[\w-]{43}$/);
    const renewed = await renew(tokenOf(login));
    expect(renewed.status).toBe(200);
    expect(renewed.headers.getSetCookie()).toEqual([]);
    expect(tokenOf(renewed)).not.toBe(tokenOf(login));
    expect(await statusOf(renewed.body.accessToken)).toBe(200);

    await sql`update refresh_tokens set rotated_at = rotated_at - interval '11 seconds'`.execute(
      server.app.db,
    );
    expect((await renew(tokenOf(login))).body.code).toBe('SESSION_EXPIRED');
    expect(await statusOf(renewed.body.accessToken)).toBe(401);
  });

  it('ends by its refresh token alone', async () => {
    const { username } = await server.signUp();
    const login = await server.login(username, PASSWORD, { headers: asked });
    const headers = { ...asked, 'linkgrove-refresh-token': tokenOf(login) };
    expect((await server.post('/api/logout', undefined, { headers })).status).toBe(204);
    expect((await renew(tokenOf(login))).body.code).toBe('SESSION_EXPIRED');
  });

  it('can be kept by a page of an allowed origin, and by no other', async () => {
    const [origin = ''] = server.app.config.corsOrigins;
    const preflight = await server.call('OPTIONS', '/trpc/auth.refresh', {
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'linkgrove-session,linkgrove-refresh-token',
      },
    });
    expect(preflight.headers.get('access-control-allow-headers')).toContain('linkgrove-refresh-token');
    const { username } = await server.signUp();
    const login = await server.login(username, PASSWORD, { headers: { ...asked, origin } });
    expect(login.headers.get('access-control-expose-headers')).toContain('linkgrove-refresh-token');
    const evil = await server.login(username, PASSWORD, {
      headers: { ...asked, origin: 'https://evil.test' },
    });
    expect([evil.status, tokenOf(evil)]).toEqual([403, '']);
  });
});
