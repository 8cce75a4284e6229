import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  cookieHeader,
  newPerson,
  PASSWORD,
  type SignedUp,
  signUpAdmin,
  times,
  useTestServer,
} from '../kit/index.ts';

const server = useTestServer({ worker: true });

const refresh = (cookies: Record<string, string> | string) =>
  server.post('/api/refresh', undefined, {
    cookie: typeof cookies === 'string' ? cookies : cookieHeader(cookies),
  });
const startSession = async () => {
  const person = newPerson();
  const { body, cookies } = await server.post('/api/register', person);
  return { ...person, user: body.user, token: body.accessToken as string, cookies };
};
/** Ends the ten seconds of grace for every token of a user. */
const passGrace = (userId: string) =>
  sql`update refresh_tokens set rotated_at = rotated_at - interval '11 seconds'
      where session_id in (select id from sessions where user_id = ${userId})`.execute(server.app.db);
const statusOf = async (token: string) => (await server.call('GET', '/api/me', { token })).status;

it('F1 a refresh returns a new token, and the old one is refused after ten seconds of grace', async () => {
  const { cookies, user } = await startSession();
  const next = await refresh(cookies);
  expect([next.status, next.cookies['refresh_token'] === cookies['refresh_token']]).toEqual([200, false]);
  await passGrace(user.id);
  expect((await refresh(cookies)).status).toBe(401);
});

it('F2 an older token that is used again ends its whole session at once, spares other devices and is recorded', async () => {
  const { cookies, user, username } = await startSession();
  const device = await server.login(username);
  const first = await refresh(cookies);
  const second = await refresh(first.cookies);
  await passGrace(user.id);
  expect(await refresh(cookies)).toMatchObject({ status: 401, body: { code: 'SESSION_EXPIRED' } });
  for (const answer of [first, second]) {
    expect((await refresh(answer.cookies)).status).toBe(401);
    expect(await statusOf(answer.body.accessToken)).toBe(401);
  }
  expect(await statusOf(device.body.accessToken)).toBe(200);
  expect((await refresh(device.cookies)).status).toBe(200);
  const { body } = await server.call('GET', '/api/me/security-events', { token: device.body.accessToken });
  expect(body.items.map((event: { type: string }) => event.type)).toContain('refresh_token_reused');
});

it('F3 50 parallel refreshes with one token return one new token, which works', async () => {
  const { cookies, user } = await startSession();
  const answers = await times(50, () => refresh(cookies));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const children = new Set(answers.map((answer) => answer.cookies['refresh_token']));
  expect(children.size).toBe(1);
  await passGrace(user.id);
  expect((await refresh(answers[0]?.cookies ?? {})).status).toBe(200);
});

it('F4 a client that lost an answer gets the newest token again for ten seconds', async () => {
  const { cookies, user } = await startSession();
  const lost = await refresh(cookies);
  const again = await refresh(cookies);
  expect(again.cookies['refresh_token']).toBe(lost.cookies['refresh_token']);
  await passGrace(user.id);
  expect((await refresh(cookies)).status).toBe(401);
});

describe('F5 a session', () => {
  const expiryOf = async (userId: string) => {
    const { rows } = await sql<{ days: number; age: number }>`
      select extract(epoch from expires_at - now())::float8 / 86400 as days,
        extract(epoch from expires_at - created_at)::float8 / 86400 as age
      from sessions where user_id = ${userId}`.execute(server.app.db);
    return rows[0] as { days: number; age: number };
  };

  it('expires 30 days after its last refresh', async () => {
    const { cookies, user } = await startSession();
    expect((await expiryOf(user.id)).days).toBeCloseTo(30, 1);
    await sql`update sessions set expires_at = now() - interval '1 second' where user_id = ${user.id}`.execute(
      server.app.db,
    );
    expect(await refresh(cookies)).toMatchObject({ status: 401, body: { code: 'SESSION_EXPIRED' } });
  });

  it('expires after 180 days however often it is refreshed', async () => {
    const { cookies, user } = await startSession();
    await sql`update sessions set created_at = now() - interval '179 days' where user_id = ${user.id}`.execute(
      server.app.db,
    );
    const next = await refresh(cookies);
    expect(next.status).toBe(200);
    const { days, age } = await expiryOf(user.id);
    expect([Math.round(days), Math.round(age)]).toEqual([1, 180]);
    await sql`update sessions set created_at = created_at - interval '1 day', expires_at = expires_at - interval '1 day'
      where user_id = ${user.id}`.execute(server.app.db);
    expect((await refresh(next.cookies)).status).toBe(401);
  });
});

it('F6 refresh tokens have 256 bits, never repeat, and are stored only as SHA-256', async () => {
  const { username, cookies } = await startSession();
  const seen = [cookies['refresh_token'] as string];
  for (let round = 0; round < 10; round++) {
    const logins = await times(10, () => server.login(username));
    const children = await Promise.all(logins.map((answer) => refresh(answer.cookies)));
    seen.push(...[...logins, ...children].map((answer) => answer.cookies['refresh_token'] as string));
  }
  expect(new Set(seen).size).toBe(201);
  for (const token of seen) expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  // The first characters differ between all tokens.
  expect(new Set(seen.map((token) => token.slice(0, 6))).size).toBe(201);
  const rows = await server.app.db.selectFrom('refresh_tokens').select('token_hash').execute();
  const hashes = new Set(rows.map((row) => row.token_hash.toString('hex')));
  for (const token of seen) {
    expect(hashes.has(createHash('sha256').update(token).digest('hex'))).toBe(true);
    expect(hashes.has(Buffer.from(token, 'base64url').toString('hex'))).toBe(false);
  }
});

describe('F7 a refresh token is rejected after', () => {
  const acts: Record<string, (who: SignedUp) => Promise<unknown>> = {
    'a password reset': async ({ email }) => {
      await server.post('/api/forgot-password', { email });
      const token = await server.readMailedToken(email, 'Reset');
      await server.post('/api/reset-password', { token, password: 'another-horse-battery' });
    },
    'a password change': async (who) =>
      server.post(
        '/api/me/password',
        { currentPassword: PASSWORD, newPassword: 'another-horse-battery' },
        { token: (await server.login(who.username)).body.accessToken },
      ),
    'a suspension': async (who) => {
      const admin = await signUpAdmin(server);
      await server.post(`/api/admin/users/${who.user.id}/suspend`, { reason: 'x' }, { token: admin.token });
    },
    'the deletion of the account': ({ token }) =>
      server.call('DELETE', '/api/me', { token, body: { password: PASSWORD } }),
    'the end of all other sessions': async (who) =>
      server.call('DELETE', '/api/sessions', { token: (await server.login(who.username)).body.accessToken }),
  };

  it.each(Object.keys(acts))('%s', async (name) => {
    const who = await server.signUp();
    await acts[name]?.(who);
    const { status, headers } = await refresh(who.cookie);
    expect([status, headers.getSetCookie()]).toEqual([401, []]);
  });
});

it('F8 a refresh must be a POST from our own pages', async () => {
  const { cookies } = await startSession();
  const cookie = cookieHeader(cookies);
  for (const path of ['/api/refresh', '/trpc/auth.refresh'])
    expect((await server.call('GET', path, { cookie })).status).toBe(405);
  const headers = { origin: 'https://evil.example' };
  expect(await server.post('/api/refresh', undefined, { cookie, headers })).toMatchObject({
    status: 403,
    body: { code: 'CSRF_REJECTED' },
  });
  expect((await refresh(cookies)).status).toBe(200);
});

it('F9 signing out works twice and without a cookie, and clears each cookie with the attributes it was set with', async () => {
  const { cookies, headers } = await server.post('/api/register', newPerson());
  const attributes = (lines: string[]) =>
    lines.map((line) => line.replace(/^(\w+)=[^;]*; Max-Age=\d+;/, '$1;'));
  // The device cookie stays: it identifies the browser, not a user.
  const set = attributes(headers.getSetCookie()).filter((line) => !line.startsWith('device'));
  for (const cookie of [cookieHeader(cookies), cookieHeader(cookies), '']) {
    const out = await server.post('/api/logout', undefined, { cookie });
    expect(out.status).toBe(204);
    const cleared = out.headers.getSetCookie();
    for (const line of cleared) expect(line).toMatch(/^\w+=; Max-Age=0; /);
    expect(attributes(cleared).map((line) => line.replace(/ Expires=[^;]*;/, ''))).toEqual(set);
  }
});

it('F10 users list and end their own sessions, and other users’ sessions look as if they did not exist', async () => {
  const [ada, bob] = [await server.signUp(), await server.signUp()];
  const theirs = (await server.call('GET', '/api/sessions', { token: bob.token })).body.items[0];
  const end = (id: string) => server.call('DELETE', `/api/sessions/${id}`, { token: ada.token });
  expect((await end(theirs.id)).status).toBe(404);
  expect(await statusOf(bob.token)).toBe(200);
  const second = await server.login(ada.username);
  const { items } = (await server.call('GET', '/api/sessions', { token: ada.token })).body;
  expect(items).toHaveLength(2);
  expect(JSON.stringify(items)).not.toContain(theirs.id);
  expect((await end(items[0].id)).status).toBe(204);
  expect(await statusOf(second.body.accessToken)).toBe(401);
  expect(await statusOf(ada.token)).toBe(200);
});
