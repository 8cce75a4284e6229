import { generateId } from '@linkgrove/api';
import { tokenIn } from '@linkgrove/api/testing';
import { describe, expect, it } from 'vitest';
import {
  codeOf,
  createTeam,
  deviceOf,
  enrol,
  markVerified,
  newHandle,
  newPerson,
  PASSWORD,
  setRole,
  type SignedUp,
  signInWithFactor,
  signUpAdmin,
  signUpVerified,
  useAdmin,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer({ worker: true });
const admin = useAdmin(server);

const path = ({ user }: SignedUp) => `/api/admin/users/${user.id}`;
const search = async (
  query: Record<string, string>,
): Promise<{ items: { id: string }[]; nextCursor: string }> =>
  server.ask(admin, 'GET', `/api/admin/users?${new URLSearchParams(query).toString()}`);
const find = async (query: Record<string, string>) => (await search(query)).items.map(({ id }) => id);

describe('the list of users', () => {
  it('finds the beginning of an address or username in any case, and an ID', async () => {
    const ada = await server.signUp({ username: 'Search.Ada', email: 'looked-for-1@example.com' });
    const bob = await server.signUp({ username: 'search.bob', email: 'Looked-For-2@example.com' });
    expect(await find({ q: 'SEARCH.' })).toEqual([bob.user.id, ada.user.id]);
    expect(await find({ q: 'looked-for' })).toEqual([bob.user.id, ada.user.id]);
    expect(await find({ q: 'looked-for-2@EXAMPLE' })).toEqual([bob.user.id]);
    expect(await find({ q: 'ada' })).not.toContain(ada.user.id);
    expect((await search({ q: ada.user.id })).items).toEqual([
      {
        id: ada.user.id,
        email: ada.email,
        username: ada.username,
        role: 'user',
        suspended: false,
        emailVerified: false,
        createdAt: ada.user.createdAt,
      },
    ]);
  });

  it('has filters for role and status, pages, and no deleted users', async () => {
    const [first, second, gone] = [
      await server.signUp({ username: 'pager1' }),
      await server.signUp({ username: 'pager2' }),
      await server.signUp({ username: 'pager3' }),
    ];
    await server.as(gone, 'DELETE', '/api/me', { password: PASSWORD });
    await server.suspendUser(admin, first);
    expect(await find({ q: 'pager' })).toEqual([second.user.id, first.user.id]);
    expect(await find({ q: 'pager', status: 'suspended' })).toEqual([first.user.id]);
    expect(await find({ q: 'pager', status: 'active' })).toEqual([second.user.id]);
    expect(await find({ role: 'admin' })).toEqual([admin.user.id]);
    const { items, nextCursor } = await search({ q: 'pager', limit: '1' });
    expect(items.map(({ id }) => id)).toEqual([second.user.id]);
    expect(await search({ q: 'pager', limit: '1', cursor: nextCursor })).toMatchObject({
      items: [{ id: first.user.id }],
      nextCursor: null,
    });
    const events = await server.ask(admin, 'GET', '/api/admin/audit?action=users_searched');
    expect(events.items[0].details).toEqual({ byText: true, role: null, status: null });
  });
});

it('an administrator sees how a user signs in and where they are a member', async () => {
  const bob = await enrol(server, await signUpVerified(server));
  const team = await createTeam(server, { owner: bob });
  expect(await server.ask(admin, 'GET', path(bob))).toEqual({
    id: bob.user.id,
    email: bob.email,
    username: bob.username,
    role: 'user',
    suspended: false,
    suspendedAt: null,
    emailVerified: true,
    hasPassword: true,
    identities: [],
    mfa: { totp: true, recoveryCodes: 10, passkeys: 0 },
    sessions: 1,
    lastSignInAt: expect.any(String),
    workspaces: [
      { id: bob.user.id, name: bob.username, role: 'owner' },
      { id: team, name: expect.any(String), role: 'owner' },
    ],
    createdAt: bob.user.createdAt,
  });
  expect((await server.as(admin, 'GET', `/api/admin/users/${generateId()}`)).status).toBe(404);
});

describe('an invited user', () => {
  const invite = (body: object, headers = {}) => server.as(admin, 'POST', '/api/admin/users', body, headers);
  const setPassword = async (email: string) => {
    const token = tokenIn(await server.mailbox.waitFor(email, 'An account was made for you'));
    return server.post('/api/reset-password', { token, password: PASSWORD });
  };

  it('chooses a password by the mailed link, which verifies the address and works once', async () => {
    const { email, username } = newPerson();
    const key = { 'idempotency-key': 'invite-1' };
    const { status, body } = await invite({ email, username }, key);
    expect([status, body]).toMatchObject([201, { email, username, role: 'user', emailVerified: false }]);
    expect((await invite({ email, username }, key)).body.id).toBe(body.id);
    expect(await server.ask(admin, 'GET', `/api/admin/users/${body.id}`)).toMatchObject({
      hasPassword: false,
      sessions: 0,
      lastSignInAt: null,
    });
    expect((await server.login(username)).status).toBe(401);
    expect((await setPassword(email)).status).toBe(204);
    expect((await setPassword(email)).body.code).toBe('TOKEN_EXPIRED');
    const { body: signedIn } = await server.login(username);
    expect(signedIn.user).toMatchObject({ emailVerified: true, referredBy: null });
    const { items } = await server.ask({ token: signedIn.accessToken }, 'GET', '/api/me/security-events');
    expect(items.at(-1)).toMatchObject({ type: 'account_created', byAdmin: true, ip: null });
    const devices = server.app.db.selectFrom('user_devices').where('user_id', '=', body.id);
    expect(await devices.selectAll().execute()).toHaveLength(1);
  });

  it('gets the invitation again instead of a reset', async () => {
    const { email, username } = newPerson();
    const { body } = await invite({ email, username });
    await server.mailbox.waitFor(email, 'An account was made for you');
    server.mailbox.received.length = 0;
    await server.ask(admin, 'POST', `/api/admin/users/${body.id}/send-reset`);
    expect((await setPassword(email)).status).toBe(204);
  });

  it('takes no name or address that is used or reserved, and no other members', async () => {
    const bob = await server.signUp();
    const { email, username } = newPerson();
    const codeFor = async (body: object) => (await invite(body)).body.code;
    expect(await codeFor({ email: bob.email.toUpperCase(), username })).toBe('EMAIL_TAKEN');
    expect(await codeFor({ email, username: bob.username })).toBe('USERNAME_TAKEN');
    for (const wrong of [{ username: 'admin' }, { role: 'admin' }, { password: PASSWORD }])
      expect(await codeFor({ email, username, ...wrong })).toBe('VALIDATION_FAILED');
  });
});

it('an administrator mails a user a reset link, and the password works until it is used', async () => {
  const bob = await server.signUp();
  expect((await server.as(admin, 'POST', `${path(bob)}/send-reset`)).status).toBe(202);
  const token = tokenIn(await server.mailbox.waitFor(bob.email, 'Reset your password'));
  expect((await server.login(bob.username)).status).toBe(200);
  expect((await server.post('/api/reset-password', { token, password: 'quite-another-1' })).status).toBe(204);
  expect((await server.login(bob.username)).status).toBe(401);
});

describe('the role of a user', () => {
  const setUserRole = (who: SignedUp, { user }: SignedUp, role: string) =>
    server.as(who, 'PUT', `/api/admin/users/${user.id}/role`, { role, reason: 'A test' });

  it('is changed with a mail and an entry, and holds from the next request', async () => {
    const bob = await server.signUp();
    expect((await setUserRole(admin, bob, 'admin')).body.code).toBe('CONFLICT');
    await markVerified(server, bob);
    await server.suspendUser(admin, bob);
    expect((await setUserRole(admin, bob, 'admin')).body.code).toBe('CONFLICT');
    await server.restoreUser(admin, bob);
    const again = { ...bob, token: (await server.login(bob.username)).body.accessToken as string };
    expect((await setUserRole(admin, bob, 'admin')).body.role).toBe('admin');
    expect((await server.as(again, 'GET', '/api/me')).body.role).toBe('admin');
    expect((await setUserRole(again, again, 'user')).body.role).toBe('user');
    expect((await setUserRole(again, again, 'admin')).body.code).toBe('FORBIDDEN');
    await server.mailbox.waitFor(bob.email, 'You are now an administrator');
    await server.mailbox.waitFor(bob.email, 'You are no longer an administrator');
    const { items } = await server.ask(admin, 'GET', `/api/admin/audit?user=${bob.username}&limit=2`);
    expect(items).toMatchObject([
      { action: 'demoted', actor: { id: bob.user.id }, reason: 'A test' },
      { action: 'promoted', actor: { id: admin.user.id, username: admin.username }, reason: 'A test' },
    ]);
  });

  it('of the last administrator stays', async () => {
    expect((await setUserRole(admin, admin, 'user')).body.code).toBe('LAST_ADMIN');
    const other = await signUpAdmin(server);
    await setRole(server, admin, 'user');
    const answers = await Promise.all([setUserRole(other, other, 'user'), setUserRole(admin, other, 'user')]);
    expect(answers.map(({ body }) => body.code)).toEqual(['LAST_ADMIN', 'FORBIDDEN']);
    await setRole(server, admin, 'admin');
    await setRole(server, other, 'user');
  });
});

describe('the audit log', () => {
  const list = async (query: Record<string, string>) =>
    (await server.ask(admin, 'GET', `/api/admin/audit?${new URLSearchParams(query).toString()}`)).items;
  const actionsOf = (items: { action: string }[]) => items.map(({ action }) => action);

  it('has what administrators did in every feature, with filters and pages', async () => {
    const chief = await signUpAdmin(server);
    const owner = await signUpVerified(server);
    const team = await createTeam(server, { owner });
    const page = { workspaceId: team, handle: newHandle('audited'), published: true };
    const { id } = await server.ask(owner, 'POST', '/api/pages', page);
    const friend = await server.signUp({ referralCode: owner.user.referralCode });
    const [referral] = (await server.as(owner, 'GET', '/api/referrals')).body.items;
    const start = new Date().toISOString();
    const act = (method: string, to: string, body?: object) =>
      server.ask(chief, method, `/api/admin${to}`, body);
    await act('POST', `/pages/${id}/take-down`, { reason: 'fraud' });
    await act('POST', `/pages/${id}/restore`);
    await act('POST', `/pages/${id}/verify`);
    await act('POST', `/workspaces/${team}/custom-css`, { allowed: true });
    await act('POST', '/blocked-hosts', { host: 'audited.example' });
    await act('DELETE', '/blocked-hosts/audited.example');
    await act('POST', `/referrals/${referral.id}/reject`, { reason: 'Stuffing' });
    await act('POST', `/users/${friend.user.id}/suspend`, { reason: 'Spam' });
    const all = [
      'suspended',
      'referral_rejected',
      'host_unblocked',
      'host_blocked',
      'custom_css_allowed',
      'page_verified',
      'page_restored',
      'page_taken_down',
    ];
    const items = await list({ actor: chief.username });
    expect(actionsOf(items)).toEqual(all);
    expect(items.at(-1)).toEqual({
      id: expect.any(String),
      at: expect.any(String),
      action: 'page_taken_down',
      actor: { id: chief.user.id, username: chief.username },
      user: { id: owner.user.id, username: owner.username },
      reason: 'fraud',
      details: { pageId: id, handle: page.handle, reason: 'fraud' },
      requestId: expect.any(String),
      ip: '127.0.0.1',
    });
    expect(actionsOf(await list({ actor: chief.username, from: start, user: friend.email }))).toEqual([
      'suspended',
    ]);
    expect(actionsOf(await list({ actor: chief.user.id, action: 'host_blocked' }))).toEqual(['host_blocked']);
    expect(await list({ actor: chief.user.id, to: start })).toEqual([]);
    expect(await list({ actor: 'nobody-at-all' })).toEqual([]);
    const pageOne = await server.ask(admin, 'GET', `/api/admin/audit?actor=${chief.username}&limit=5`);
    expect(actionsOf(await list({ actor: chief.username, cursor: pageOne.nextCursor }))).toEqual(
      all.slice(5),
    );
  });

  it('has nothing of what users do themselves', async () => {
    const bob = await signUpVerified(server);
    await createTeam(server, { owner: bob });
    await server.as(bob, 'DELETE', '/api/sessions');
    expect(await list({ user: bob.username })).toEqual([]);
  });

  it('keeps the IDs and no address when the administrator and the user delete their accounts', async () => {
    const [chief, bob] = [await signUpAdmin(server), await server.signUp()];
    await server.ask(chief, 'POST', '/api/admin/blocked-hosts', { host: 'kept.example' });
    await server.suspendUser(chief, bob);
    await server.restoreUser(chief, bob);
    const again = { token: (await server.login(bob.username)).body.accessToken as string };
    for (const who of [again, chief])
      expect((await server.as(who, 'DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
    const items = await list({ actor: chief.user.id });
    expect(items).toMatchObject([
      { action: 'restored', actor: { username: null }, user: { id: bob.user.id, username: null }, ip: null },
      { action: 'suspended', actor: { username: null }, details: null, ip: null },
      { action: 'host_blocked', details: { host: 'kept.example' }, ip: null },
    ]);
  });
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
  expect((await server.as(former, 'GET', `/api/admin/users?q=${bob.username}`)).status).toBe(200);
  await setRole(server, former, 'user');
  const requests = [
    ['GET', `/api/admin/users?q=${admin.username}`],
    ['POST', `/api/admin/users/${admin.user.id}/suspend`],
    ['POST', `/api/admin/users/${admin.user.id}/restore`],
    ['DELETE', `/api/admin/users/${admin.user.id}/sessions`],
    ['POST', `/api/admin/users/${admin.user.id}/remove-second-factor`],
  ] as const;
  for (const [method, url] of requests) {
    const body = method === 'POST' && /suspend|factor/.test(url) ? { reason: 'x' } : undefined;
    for (const who of [bob, former])
      expect((await server.as(who, method, url, body)).body.code).toBe('FORBIDDEN');
    expect((await server.call(method, url, { body })).body.code).toBe('UNAUTHENTICATED');
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
