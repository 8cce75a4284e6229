import { endpoints } from '@linkgrove/api';
import { SCOPES, type Scope } from '@linkgrove/api/access';
import { sql } from 'kysely';
import { beforeAll, expect, it } from 'vitest';
import {
  type Answer,
  createTeam,
  crowd,
  fillPath,
  newHandle,
  newPerson,
  NO_ID,
  PASSWORD,
  range,
  setRole,
  type SignedUp,
  signUpAdmin,
  signUpVerified,
  storeKey,
  tally,
  useAdmin,
  useTestServer,
} from '../kit/index.ts';

const server = useTestServer({ worker: true });
const admin = useAdmin(server);
let ada: SignedUp;
beforeAll(async () => {
  ada = await signUpVerified(server);
});

const impersonate = (who: { token: string }, { user }: SignedUp) =>
  server.as(who, 'POST', `/api/admin/users/${user.id}/impersonate`, { reason: 'Ticket 4711' });
async function become(user: SignedUp, who: { token: string } = admin): Promise<{ token: string }> {
  const { status, body } = await impersonate(who, user);
  expect([status, body]).toEqual([
    200,
    { id: expect.any(String), accessToken: expect.any(String), tokenType: 'Bearer', expiresIn: 600 },
  ]);
  return { token: body.accessToken };
}
const codeOf = ({ status, body }: Answer): string => `${status} ${body?.code}`;
const callAll = (token: string, some: typeof endpoints) =>
  crowd(some.length, 8, async (index) => {
    const { name = '', rest, procedure } = some[index] ?? {};
    if (!rest) throw new RangeError('There is no such endpoint');
    const body = procedure?._def.type === 'query' ? {} : { body: { id: NO_ID } };
    const answer = await server.call(rest.method, fillPath({ rest }), { token, ...body });
    return [name, codeOf(answer)] as const;
  });
const readClaims = ({ token }: { token: string }) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
const OPEN = [
  'account.me',
  'analytics.page',
  'analytics.settings',
  'analytics.titleTest',
  'analytics.workspace',
  'blocks.create',
  'blocks.get',
  'blocks.list',
  'blocks.move',
  'blocks.order',
  'blocks.update',
  'files.get',
  'files.list',
  'pages.compareVersions',
  'pages.discardDraft',
  'pages.get',
  'pages.getVersion',
  'pages.list',
  'pages.listVersions',
  'pages.publish',
  'pages.restoreVersion',
  'pages.update',
  'workspaces.get',
  'workspaces.list',
];

it('A13.30 an impersonation token is refused by every procedure except reads of pages and analytics, and edits that delete nothing', async () => {
  const guarded = endpoints.filter(({ access }) => access !== 'public');
  const { token } = await become(ada);
  const answers = await callAll(token, guarded);
  const refused = answers.filter(([, code]) => code === '403 IMPERSONATION_REFUSED');
  const open = answers.filter(([, code]) => code !== '403 IMPERSONATION_REFUSED');
  expect(open.filter(([name]) => !OPEN.includes(name))).toEqual([]);
  expect(open.map(([name]) => name).toSorted()).toEqual(OPEN);
  expect(refused.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      'account.delete',
      'account.export',
      'keys.create',
      'rewards.redeem',
      'admin.getUser',
    ]),
  );
  expect((await server.as({ token }, 'GET', '/admin/queues')).status).toBe(403);
  expect(await server.ask(ada, 'GET', '/api/me')).toMatchObject({ email: ada.email });
});

it('A13.30 an impersonation is named in the token, told to the user, and recorded with both IDs', async () => {
  const page = await server.ask(ada, 'POST', '/api/pages', { handle: newHandle() });
  const as = await become(ada);
  expect(readClaims(as)).toMatchObject({ sub: ada.user.id, act: { sub: admin.user.id } });
  expect(readClaims(as).exp - readClaims(as).iat).toBe(600);
  expect(await server.ask(as, 'GET', `/api/pages/${page.id}`)).toMatchObject({ handle: page.handle });
  expect((await server.ask(as, 'PATCH', `/api/pages/${page.id}`, { title: 'Mended' })).title).toBe('Mended');
  const { items } = await server.ask(ada, 'GET', '/api/me/security-events?limit=2');
  expect(items).toMatchObject([
    { type: 'changed_by_impersonator', byAdmin: true, ip: null },
    { type: 'impersonated', byAdmin: true, ip: null },
  ]);
  const audit = await server.ask(admin, 'GET', `/api/admin/audit?user=${ada.user.id}&limit=2`);
  const parties = { actor: { id: admin.user.id }, user: { id: ada.user.id } };
  expect(audit.items).toMatchObject([
    { ...parties, action: 'changed_by_impersonator', details: { procedure: 'pages.update' } },
    { ...parties, action: 'impersonated', reason: 'Ticket 4711' },
  ]);
  await server.mailbox.waitFor(ada.email, 'An administrator opened your account');
});

it('A13.30 an administrator who acts as a user changes no handle, which the user could lose to somebody else', async () => {
  const { id, handle } = await server.ask(ada, 'POST', '/api/pages', { handle: newHandle() });
  const as = await become(ada);
  for (const body of [{ handle: newHandle() }, { handle, title: 'Mended' }]) {
    const answer = await server.as(as, 'PATCH', `/api/pages/${id}`, body);
    expect([codeOf(answer), answer.body.detail]).toEqual([
      '403 IMPERSONATION_REFUSED',
      expect.stringContaining('handle'),
    ]);
  }
  expect(await server.ask(ada, 'GET', `/api/pages/${id}`)).toMatchObject({ handle, title: handle });
});

it('A13.30 a change and its audit entry are stored together or not at all', async () => {
  const { id, version } = await server.ask(ada, 'POST', '/api/pages', { handle: newHandle() });
  const as = await become(ada);
  const listChanges = async () =>
    (await server.ask(admin, 'GET', `/api/admin/audit?user=${ada.user.id}&action=changed_by_impersonator`))
      .items.length;
  const before = await listChanges();
  await sql`create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$`.execute(
    server.app.db,
  );
  await sql`create trigger refuse before insert on security_events for each row
    when (new.type = 'changed_by_impersonator') execute function refuse()`.execute(server.app.db);
  const heading = { type: 'heading', title: 'x' };
  const answers = [
    await server.as(as, 'PATCH', `/api/pages/${id}`, { title: 'Unrecorded' }),
    await server.as(as, 'POST', `/api/pages/${id}/blocks`, heading),
    await server.as(as, 'POST', `/api/pages/${id}/blocks`, heading, { 'idempotency-key': 'unrecorded' }),
  ];
  await sql`drop trigger refuse on security_events`.execute(server.app.db);
  expect(answers.map(({ status }) => status)).toEqual([500, 500, 500]);
  expect(await server.ask(ada, 'GET', `/api/pages/${id}`)).toMatchObject({ version });
  expect((await server.ask(ada, 'GET', `/api/pages/${id}/blocks`)).items).toEqual([]);

  const stale = { title: 'Refused', version: version + 1 };
  expect((await server.as(as, 'PATCH', `/api/pages/${id}`, stale)).status).toBe(412);
  expect(await listChanges()).toBe(before);
  const added = await server.as(as, 'POST', `/api/pages/${id}/blocks`, heading, {
    'idempotency-key': 'unrecorded',
  });
  expect([added.status, await listChanges()]).toEqual([201, before + 1]);
});

it('A13.30 an impersonation ends for good when it is ended, when its time is over, with the suspension of the user, when a role changes, and with the sessions of the administrator', async () => {
  const [bob, chief] = [await signUpVerified(server), await signUpVerified(server)];
  const isLive = async (who: { token: string }) => (await server.as(who, 'GET', '/api/me')).status === 200;
  const give = (role: string, { user }: SignedUp) =>
    server.ask(admin, 'PUT', `/api/admin/users/${user.id}/role`, { role, reason: 'A test' });
  await give('admin', chief);
  const ends: Record<string, [end: () => Promise<unknown>, undo?: () => Promise<unknown>]> = {
    suspended: [() => server.suspendUser(admin, bob), () => server.restoreUser(admin, bob)],
    promoted: [() => give('admin', bob), () => give('user', bob)],
    demoted: [() => give('user', chief), () => give('admin', chief)],
    ended: [() => server.ask(admin, 'DELETE', `/api/admin/users/${bob.user.id}/impersonate`)],
    late: [() => sql`update impersonations set expires_at = now()`.execute(server.app.db)],
  };
  for (const [what, [end, undo]] of Object.entries(ends)) {
    const as = await become(bob, chief);
    expect([what, await isLive(as)]).toEqual([what, true]);
    await end();
    expect([what, await isLive(as)]).toEqual([what, false]);
    await undo?.();
    expect([what, await isLive(as)]).toEqual([what, false]);
  }
  const last = await become(bob, chief);
  await server.ask(admin, 'DELETE', `/api/admin/users/${chief.user.id}/sessions`);
  await server.login(chief.username);
  expect(await isLive(last)).toBe(false);
  const list = `/api/admin/audit?user=${bob.user.id}&action=impersonation_ended`;
  expect((await server.ask(admin, 'GET', list)).items).toHaveLength(4);
});

it('A13.30 an impersonation token is no cookie, proves nothing, and gets nothing that the user stored', async () => {
  const { id } = await server.ask(ada, 'POST', '/api/pages', { handle: newHandle() });
  const key = { 'idempotency-key': 'block-of-ada' };
  const block = { type: 'heading', title: 'x' };
  const own = await server.as(ada, 'POST', `/api/pages/${id}/blocks`, block, key);
  const as = await become(ada);
  const other = await server.as(as, 'POST', `/api/pages/${id}/blocks`, block, key);
  expect([other.status, other.body.id === own.body.id]).toEqual([201, false]);
  const cookie = `access_token=${as.token}; __Host-access_token=${as.token}`;
  expect((await server.call('GET', '/api/me', { cookie })).status).toBe(401);
  expect((await server.call('POST', '/api/refresh', { token: as.token })).status).toBe(401);
  expect((await server.call('POST', '/api/logout', { token: as.token })).status).toBe(204);
  expect((await server.as(ada, 'GET', '/api/me')).status).toBe(200);
});

it('A13.30 administrators, suspended users and oneself cannot be impersonated, and nobody else can impersonate', async () => {
  const [chief, bob] = [await signUpAdmin(server), await server.signUp()];
  for (const who of [admin, chief]) expect(codeOf(await impersonate(admin, who))).toBe('403 FORBIDDEN');
  expect(codeOf(await impersonate(ada, bob))).toBe('403 FORBIDDEN');
  expect(codeOf(await impersonate(await become(ada), bob))).toBe('403 IMPERSONATION_REFUSED');
  await server.suspendUser(admin, bob);
  expect(codeOf(await impersonate(admin, bob))).toBe('403 FORBIDDEN');
});

const adminsOnly = endpoints.filter(({ access }) => access === 'admin');

it('A13.31 users, members of teams and API keys with every scope reach nothing of administrators', async () => {
  const [owner, editor, analyst] = [await server.signUp(), await server.signUp(), await server.signUp()];
  const team = await createTeam(server, { owner, editor, analyst });
  const scopes = Object.keys(SCOPES).filter((name): name is Scope => name in SCOPES);
  const key = await storeKey(server, admin, { scopes });
  const teamKey = await storeKey(server, owner, { workspaceId: team, scopes });
  for (const { token } of [owner, editor, analyst])
    expect(new Set((await callAll(token, adminsOnly)).map(([, code]) => code))).toEqual(
      new Set(['403 FORBIDDEN']),
    );
  for (const { token } of [key, teamKey])
    expect(new Set((await callAll(token, adminsOnly)).map(([, code]) => code))).toEqual(
      new Set(['403 INSUFFICIENT_SCOPE']),
    );
});

it('A13.31 every act on a user needs a fresh proof', async () => {
  const chief = await signUpAdmin(server);
  await sql`
    update sessions set authenticated_at = now() - interval '11 minutes'
    where user_id = ${chief.user.id}`.execute(server.app.db);
  const { email, username } = newPerson();
  const reason = 'A test';
  const bodies: Record<string, object> = {
    'admin.createUser': { email, username },
    'admin.setUserRole': { role: 'user', reason },
    'admin.suspendUser': { reason },
    'admin.restoreUser': {},
    'admin.sendReset': {},
    'admin.endSessions': {},
    'admin.removeSecondFactor': { reason },
    'admin.impersonateUser': { reason },
  };
  const acts = adminsOnly.filter(({ fresh }) => fresh);
  expect(acts.map(({ name }) => name).toSorted()).toEqual(Object.keys(bodies).toSorted());
  for (const { name, rest } of acts) {
    const answer = await server.as(chief, rest.method, rest.path.replace('{id}', ada.user.id), bodies[name]);
    expect([name, codeOf(answer)]).toEqual([name, '403 REAUTHENTICATION_REQUIRED']);
  }
});

it('A13.31 two administrators who demote each other thirty times at once leave one', async () => {
  const sides = [await signUpAdmin(server), await signUpAdmin(server)] as const;
  await sql`update users set role = 'user' where id <> all(${sides.map(({ user }) => user.id)})`.execute(
    server.app.db,
  );
  const demote = (index: number) => {
    const [who, whom] = index % 2 === 0 ? sides : sides.toReversed();
    const path = `/api/admin/users/${whom?.user.id}/role`;
    return server.as(who ?? admin, 'PUT', path, { role: 'user', reason: 'Power struggle' });
  };
  const answers = await Promise.all(range(30).map(demote));
  const { rows } = await sql`select from users where role = 'admin'`.execute(server.app.db);
  expect(rows).toHaveLength(1);
  expect(Object.keys(tally(answers))).toEqual(expect.arrayContaining(['200', '403 FORBIDDEN']));
  await setRole(server, admin, 'admin');
});

it('A13.31 administrators who all delete their accounts at once leave one', async () => {
  const all = [await signUpAdmin(server), await signUpAdmin(server), await signUpAdmin(server)];
  const ids = all.map(({ user }) => user.id);
  await sql`update users set role = 'user' where id <> all(${ids})`.execute(server.app.db);
  const leave = (who: SignedUp) => server.as(who, 'DELETE', '/api/me', { password: PASSWORD });
  expect(tally(await Promise.all(all.map(leave)))).toEqual({ '204': 2, '409 LAST_ADMIN': 1 });
  await setRole(server, admin, 'admin');
});

it('A13.31 nobody gets a role by sending it where it is not asked for', async () => {
  const person = newPerson();
  for (const more of [{ role: 'admin' }, { isAdmin: true }]) {
    expect((await server.register({ ...person, ...more })).status).toBe(400);
    expect((await server.as(ada, 'PATCH', '/api/me', { displayName: 'Ada', ...more })).status).toBe(400);
    const invited = { email: person.email, username: person.username, ...more };
    expect((await server.as(admin, 'POST', '/api/admin/users', invited)).status).toBe(400);
  }
  expect((await server.ask(ada, 'GET', '/api/me')).role).toBe('user');
});

it('A13.31 wildcards of SQL in a search mean themselves', async () => {
  for (const q of ['%', '_', '%@%', 'person_', String.raw`\%`, "' or true --"]) {
    const path = `/api/admin/users?q=${encodeURIComponent(q)}`;
    expect((await server.ask(admin, 'GET', path)).items).toEqual([]);
  }
});
