import { generateId } from '@linkgrove/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  codeOf,
  deviceOf,
  enrol,
  PASSWORD,
  setRole,
  type SignedUp,
  signInWithFactor,
  signUpAdmin,
  signUpVerified,
  startTestServer,
  type TestServer,
} from './kit/index.ts';

let server: TestServer;
let admin: SignedUp;
beforeAll(async () => {
  server = await startTestServer({ worker: true });
  admin = await signUpAdmin(server);
});
afterAll(() => server.close());

it('an administrator finds a user by address, username or ID', async () => {
  const bob = await server.signUp();
  for (const name of [bob.email.toUpperCase(), bob.username, bob.user.id]) {
    const { status, body } = await server.as(
      admin,
      'GET',
      `/api/admin/users?name=${encodeURIComponent(name)}`,
    );
    expect([status, body]).toEqual([
      200,
      {
        id: bob.user.id,
        email: bob.email,
        username: bob.username,
        role: 'user',
        suspended: false,
        emailVerified: false,
        createdAt: bob.user.createdAt,
      },
    ]);
  }
  expect((await server.as(admin, 'GET', '/api/admin/users?name=nobody')).status).toBe(404);
});

it('an administrator suspends a user, who is signed out at once and sees the reason only after the right password, and restores them', async () => {
  const bob = await server.signUp();
  const suspended = await server.suspendUser(admin, bob, 'Spam');
  expect(suspended).toMatchObject({ status: 200, body: { suspended: true } });
  expect((await server.as(bob, 'GET', '/api/me')).body.code).toBe('SESSION_EXPIRED');
  expect((await server.call('POST', '/api/refresh', { cookie: bob.cookie })).status).toBe(401);
  expect((await server.login(bob.username, 'not-it-at-all')).body.code).toBe('INVALID_CREDENTIALS');
  expect(await server.login(bob.username)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  expect((await server.restoreUser(admin, bob)).body.suspended).toBe(false);
  const again = await server.login(bob.username);
  expect(again.status).toBe(200);
  const events = await server.call('GET', '/api/me/security-events', { token: again.body.accessToken });
  const acts = events.body.items.filter((event: { byAdmin: boolean }) => event.byAdmin);
  expect(acts.map((event: { type: string }) => event.type)).toEqual(['restored', 'suspended']);
  const row = await server.app.db
    .selectFrom('security_events')
    .select(['actor_id', 'details'])
    .where('user_id', '=', bob.user.id)
    .where('type', '=', 'suspended')
    .executeTakeFirstOrThrow();
  expect(row).toEqual({ actor_id: admin.user.id, details: { reason: 'Spam' } });
});

it('an administrator ends all sessions of a user', async () => {
  const bob = await server.signUp();
  expect((await server.as(admin, 'DELETE', `/api/admin/users/${bob.user.id}/sessions`)).status).toBe(204);
  expect((await server.as(bob, 'GET', '/api/me')).status).toBe(401);
  expect((await server.login(bob.username)).status).toBe(200);
});

it('an administrator turns off a lost second factor, which the user is told, and not the own one', async () => {
  const bob = await enrol(server, await signUpVerified(server));
  const proof = { code: codeOf(bob.secret), trustDevice: true };
  await signInWithFactor(server, bob, { proof, cookie: deviceOf(bob) });
  const remove = (id: string, body: object = { reason: 'Lost the phone' }) =>
    server.as(admin, 'POST', `/api/admin/users/${id}/remove-second-factor`, body);
  expect((await remove(bob.user.id, {})).status).toBe(400);
  expect((await remove(admin.user.id)).status).toBe(403);
  expect((await remove(bob.user.id)).status).toBe(204);
  expect((await remove(bob.user.id)).status).toBe(404);
  expect((await server.as(bob, 'GET', '/api/me')).status).toBe(401);
  const again = await server.login(bob.username, PASSWORD);
  expect(again.body.user.mfa).toEqual({ totp: false, recoveryCodes: 0, passkeys: 0 });
  const me = { token: again.body.accessToken as string };
  expect((await server.as(me, 'GET', '/api/me/trusted-devices')).body.items).toEqual([]);
  const { items } = (await server.as(me, 'GET', '/api/me/security-events')).body;
  const acts = items.filter((event: { byAdmin: boolean }) => event.byAdmin);
  expect(acts).toMatchObject([{ type: 'totp_removed', ip: null }]);
  const row = await server.app.db
    .selectFrom('security_events')
    .select(['actor_id', 'details'])
    .where('id', '=', acts[0].id)
    .executeTakeFirstOrThrow();
  expect(row).toEqual({ actor_id: admin.user.id, details: { reason: 'Lost the phone' } });
  await server.mailbox.waitFor(bob.email, 'A second factor was turned off');
});

it('the admin procedures are refused to everyone else, and to a demoted administrator at once', async () => {
  const [bob, former] = [await server.signUp(), await server.signUp()];
  await setRole(server, former, 'admin');
  expect((await server.as(former, 'GET', `/api/admin/users?name=${bob.username}`)).status).toBe(200);
  await setRole(server, former, 'user');
  const requests = [
    ['GET', `/api/admin/users?name=${admin.username}`],
    ['POST', `/api/admin/users/${admin.user.id}/suspend`],
    ['POST', `/api/admin/users/${admin.user.id}/restore`],
    ['DELETE', `/api/admin/users/${admin.user.id}/sessions`],
    ['POST', `/api/admin/users/${admin.user.id}/remove-second-factor`],
  ] as const;
  for (const [method, path] of requests) {
    const body = method === 'POST' && /suspend|factor/.test(path) ? { reason: 'x' } : undefined;
    for (const who of [bob, former])
      expect((await server.as(who, method, path, body)).body.code).toBe('FORBIDDEN');
    expect((await server.call(method, path, { body })).body.code).toBe('UNAUTHENTICATED');
  }
});

it('another administrator or an unknown user cannot be suspended', async () => {
  const reason = 'Power struggle';
  expect(
    (await server.as(admin, 'POST', `/api/admin/users/${admin.user.id}/suspend`, { reason })).status,
  ).toBe(403);
  expect(
    (await server.as(admin, 'POST', `/api/admin/users/${generateId()}/suspend`, { reason })).status,
  ).toBe(404);
  expect(
    (await server.as(admin, 'POST', `/api/admin/users/${admin.user.id}/suspend`, {})).body.errors[0].path,
  ).toBe('reason');
});
