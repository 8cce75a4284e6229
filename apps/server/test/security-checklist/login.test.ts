import { expect, it } from 'vitest';
import {
  markSuspended,
  newPerson,
  PASSWORD,
  startTestServer,
  toComparable,
  useTestServer,
} from '../kit/index.ts';

const server = useTestServer();

it('L1 a wrong password and an unknown, suspended or deleted name get the same answer', async () => {
  const [ada, suspended, deleted] = [await server.signUp(), await server.signUp(), await server.signUp()];
  await markSuspended(server, suspended);
  await server.call('DELETE', '/api/me', { token: deleted.token, body: { password: PASSWORD } });
  const wrong = toComparable(await server.login(ada.email, 'not-the-password'));
  expect(wrong).toMatchObject({ status: 401, body: { code: 'INVALID_CREDENTIALS' } });
  for (const name of [
    ada.username,
    suspended.email,
    deleted.email,
    deleted.username,
    'nobody',
    'no@body.example',
  ]) {
    expect(toComparable(await server.login(name, 'not-the-password'))).toEqual(wrong);
  }
  expect(toComparable(await server.login(deleted.email, PASSWORD))).toEqual(wrong);
});

it('L1 only the right password of a suspended account reveals the suspension', async () => {
  const suspended = await server.signUp();
  await markSuspended(server, suspended);
  expect(await server.login(suspended.email, PASSWORD)).toMatchObject({
    status: 403,
    body: { code: 'FORBIDDEN' },
  });
});

it('L2 signing in creates a new session and never reuses one that came along', async () => {
  const [ada, eve] = [await server.signUp(), await server.signUp()];
  const { status, body, cookies } = await server.login(ada.username, PASSWORD, { cookie: eve.cookie });
  expect([status, body.user.id]).toEqual([200, ada.user.id]);
  expect(eve.cookie).not.toContain(cookies['refresh_token']);
  expect(eve.cookie).not.toContain(cookies['access_token']);
});

it('L2 signing in ends the session whose cookies came along', async () => {
  const [ada, eve] = [await server.signUp(), await server.signUp()];
  for (const planted of [eve, ada]) {
    await server.login(ada.username, PASSWORD, { cookie: planted.cookie });
    expect((await server.call('GET', '/api/me', { token: planted.token })).status).toBe(401);
    expect((await server.post('/api/refresh', undefined, { cookie: planted.cookie })).status).toBe(401);
  }
});

it('L2 signing up ends the session whose cookies came along', async () => {
  const eve = await server.signUp();
  const { status } = await server.post('/api/register', newPerson(), { cookie: eve.cookie });
  expect([status, (await server.call('GET', '/api/me', { token: eve.token })).status]).toEqual([201, 401]);
});

it('L2 signing in or up does not end a session that an Authorization header names', async () => {
  const [ada, eve] = [await server.signUp(), await server.signUp()];
  const { token } = eve;
  expect((await server.post('/api/register', newPerson(), { token })).status).toBe(201);
  expect((await server.login(ada.username, PASSWORD, { token })).status).toBe(200);
  expect((await server.login(eve.username, PASSWORD, { token, cookie: ada.cookie })).status).toBe(200);
  expect((await server.call('GET', '/api/me', { token })).status).toBe(200);
  expect((await server.post('/api/refresh', undefined, { cookie: eve.cookie })).status).toBe(200);
  expect((await server.call('GET', '/api/me', { token: ada.token })).status).toBe(401);
  expect((await server.post('/api/logout', undefined, { token })).status).toBe(204);
  expect((await server.call('GET', '/api/me', { token })).status).toBe(401);
});

it('L2 a failed sign-in leaves the session that came along unchanged', async () => {
  const ada = await server.signUp();
  expect((await server.login(ada.username, 'not-the-password', { cookie: ada.cookie })).status).toBe(401);
  expect((await server.call('GET', '/api/me', { cookie: ada.cookie })).status).toBe(200);
});

it('L3 a password is neither trimmed nor lower-cased, and its two Unicode forms are equal', async () => {
  const password = 'Trüffel-Pferd-Batterie';
  const { username } = await server.signUp({ password: password.normalize('NFD') });
  expect((await server.login(username, password.normalize('NFC'))).status).toBe(200);
  expect((await server.login(username, password.normalize('NFD'))).status).toBe(200);
  const wrong = [
    password.toLowerCase(),
    password.toUpperCase(),
    ` ${password}`,
    `${password} `,
    password.slice(0, -1),
  ];
  for (const other of wrong) expect((await server.login(username, other)).status).toBe(401);
});

it.each([[['x']], [{}], [42], [true], [null], [undefined]])(
  'L4 %j is neither a valid name nor a valid password',
  async (value) => {
    const { username } = newPerson();
    for (const body of [
      { identifier: username, password: value },
      { identifier: value, password: PASSWORD },
    ]) {
      const rest = await server.post('/api/login', body);
      expect([rest.status, rest.body.code]).toEqual([400, 'VALIDATION_FAILED']);
      const trpc = await server.post('/trpc/auth.login', body);
      expect([trpc.status, trpc.body.error.data.errors]).toEqual([400, rest.body.errors]);
    }
  },
);

it('L5 a success resets the earlier failures, which are counted for all names of the account together', async () => {
  const strict = await startTestServer({ env: { RATE_LIMIT_LOGIN: '3/15m', TRUST_PROXY: '127.0.0.1' } });
  const { email, username } = await strict.signUp();
  let hosts = 0;
  const attempt = async (identifier: string, password: string) => {
    hosts += 1;
    const headers = { 'x-forwarded-for': `198.51.100.${hosts}` };
    return (await strict.call('POST', '/api/login', { body: { identifier, password }, headers })).status;
  };
  for (const name of [email, username]) expect(await attempt(name, 'not-the-password')).toBe(401);
  expect(await attempt(` ${email.toUpperCase()} `, PASSWORD)).toBe(200);
  for (const name of [email.toUpperCase(), username.toUpperCase(), email])
    expect(await attempt(name, 'not-the-password')).toBe(401);
  for (const name of [email, username]) expect(await attempt(name, 'not-the-password')).toBe(429);
  await strict.close();
});

const DEFAULTS = [
  ['admin', 'admin'],
  ['admin', 'password'],
  ['administrator', 'administrator'],
  ['root', 'root'],
  ['root', 'toor'],
  ['test', 'test'],
  ['linkgrove', 'linkgrove'],
  ['admin@localhost', 'admin'],
  ['postgres', 'postgres'],
] as const;

it('L6 a new installation has no account', async () => {
  const fresh = await startTestServer();
  for (const [identifier, password] of DEFAULTS) {
    const { status } = await fresh.call('POST', '/api/login', { body: { identifier, password } });
    expect([identifier, status]).toEqual([identifier, 401]);
  }
  expect(await fresh.app.db.selectFrom('users').select('id').execute()).toEqual([]);
  await fresh.close();
});
