import { deleteTrashedWorkspaces } from '@linkgrove/api/jobs';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  addMember,
  createTeam,
  markSuspended,
  newHandle,
  NO_ID,
  PASSWORD,
  type SignedUp,
  signUpVerified,
  tally,
  times,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer();

const createWorkspace = async (who: SignedUp, name = 'Acme') =>
  (await server.as(who, 'POST', '/api/workspaces', { name })).body;
const publishPage = async (who: SignedUp, workspaceId: string) => {
  const page = { workspaceId, handle: newHandle(), published: true };
  const { status, body } = await server.as(who, 'POST', '/api/pages', page);
  expect(status).toBe(201);
  return body;
};
const statusOf = async (handle: string) => (await server.get(`/api/public/pages/${handle}`)).status;
const membersOf = async (who: SignedUp, id: string) =>
  (await server.as(who, 'GET', `/api/workspaces/${id}/members`)).body.items;
const setRole = (who: SignedUp, id: string, { user }: SignedUp, role: string) =>
  server.as(who, 'PATCH', `/api/workspaces/${id}/members/${user.id}`, { role });
const removeMember = (who: SignedUp, id: string, { user }: SignedUp) =>
  server.as(who, 'DELETE', `/api/workspaces/${id}/members/${user.id}`);

describe('everyone', () => {
  it('has a personal workspace with their first page from sign-up', async () => {
    const ada = await server.signUp();
    const { items } = (await server.as(ada, 'GET', '/api/workspaces')).body;
    expect(items).toEqual([
      {
        id: ada.user.id,
        name: ada.username,
        slug: 'personal',
        kind: 'personal',
        role: 'owner',
        createdAt: expect.any(String),
        deletedAt: null,
      },
    ]);
    const pages = (await server.as(ada, 'GET', '/api/pages')).body.items;
    expect(pages).toMatchObject([{ handle: ada.username, workspaceId: ada.user.id }]);
  });

  it('cannot delete, leave or share the personal one, and can rename it', async () => {
    const [ada, bob] = [await signUpVerified(server), await server.signUp()];
    const path = `/api/workspaces/${ada.user.id}`;
    const invitation = { email: bob.email, role: 'editor' };
    for (const answer of [
      await server.as(ada, 'DELETE', path),
      await removeMember(ada, ada.user.id, ada),
      await server.as(ada, 'POST', `${path}/invitations`, invitation),
    ])
      expect([answer.status, answer.body.code]).toEqual([409, 'CONFLICT']);
    expect((await setRole(ada, ada.user.id, ada, 'viewer')).body.code).toBe('LAST_OWNER');
    expect((await server.as(ada, 'PATCH', path, { name: 'Mine' })).body.name).toBe('Mine');
  });

  it('can create teams, whose slugs differ even if their names do not', async () => {
    const ada = await server.signUp();
    const [one, two] = [
      await createWorkspace(ada, 'Café Ünlü & Söhne'),
      await createWorkspace(ada, '株式会社'),
    ];
    expect(one).toMatchObject({ name: 'Café Ünlü & Söhne', kind: 'team', role: 'owner' });
    expect(one.slug).toMatch(/^cafe-unlu-sohne-[a-z0-9]{8}$/);
    expect(two.slug).toMatch(/^team-[a-z0-9]{8}$/);
    const again = await createWorkspace(ada, 'Café Ünlü & Söhne');
    expect(again.slug).not.toBe(one.slug);
    const names = (await server.as(ada, 'GET', '/api/workspaces')).body.items.map(
      (item: { kind: string }) => item.kind,
    );
    expect(names).toEqual(['personal', 'team', 'team', 'team']);
  });

  it('can own ten teams at most, however many are created at once, and deleting one makes no room', async () => {
    const ada = await server.signUp();
    const answers = await times(30, () => server.as(ada, 'POST', '/api/workspaces', { name: 'Acme' }));
    expect(tally(answers)).toEqual({ 201: 10, '422 LIMIT_REACHED': 20 });
    const team = answers.find(({ status }) => status === 201)?.body.id;
    expect((await server.as(ada, 'DELETE', `/api/workspaces/${team}`)).status).toBe(204);
    expect((await server.as(ada, 'POST', '/api/workspaces', { name: 'More' })).status).toBe(422);
  });
});

describe('members', () => {
  it('are listed with names and roles, and never with an address', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    const team = await createTeam(server, { owner: ada, viewer: bob });
    const items = await membersOf(bob, team);
    expect(items).toMatchObject([
      { userId: ada.user.id, username: ada.username, role: 'owner' },
      { userId: bob.user.id, username: bob.username, role: 'viewer' },
    ]);
    expect(JSON.stringify(items)).not.toContain('@example.com');
  });

  it('get another role at once', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    const team = await createTeam(server, { owner: ada, viewer: bob });
    const page = { workspaceId: team, handle: newHandle() };
    expect((await server.as(bob, 'POST', '/api/pages', page)).body.code).toBe('ROLE_REQUIRED');
    expect((await setRole(ada, team, bob, 'editor')).body).toMatchObject({ role: 'editor' });
    expect((await server.as(bob, 'POST', '/api/pages', page)).status).toBe(201);
    expect((await removeMember(ada, team, bob)).status).toBe(204);
    expect((await server.as(bob, 'GET', `/api/workspaces/${team}`)).body.code).toBe('NOT_FOUND');
    expect((await server.as(bob, 'GET', '/api/pages')).body.items).toHaveLength(1);
  });

  it('who are administrators cannot touch owners or make any', async () => {
    const [ada, bob, eve] = [await server.signUp(), await server.signUp(), await server.signUp()];
    const team = await createTeam(server, { owner: ada, admin: bob, viewer: eve });
    for (const answer of [
      await setRole(bob, team, ada, 'viewer'),
      await setRole(bob, team, eve, 'owner'),
      await setRole(bob, team, bob, 'owner'),
      await removeMember(bob, team, ada),
    ])
      expect([answer.status, answer.body.code]).toEqual([403, 'ROLE_REQUIRED']);
    expect((await setRole(bob, team, eve, 'admin')).status).toBe(200);
    expect((await removeMember(bob, team, eve)).status).toBe(204);
  });

  it('hand a team over by appointing an owner before they step down', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    const team = await createTeam(server, { owner: ada, editor: bob });
    expect((await setRole(ada, team, ada, 'editor')).body.code).toBe('LAST_OWNER');
    expect((await removeMember(ada, team, ada)).body).toMatchObject({ status: 409, code: 'LAST_OWNER' });
    await setRole(ada, team, bob, 'owner');
    expect((await removeMember(ada, team, ada)).status).toBe(204);
    expect(await membersOf(bob, team)).toMatchObject([{ userId: bob.user.id, role: 'owner' }]);
  });

  it('become owners of no more teams than they could create, even at once', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    const teams = await times(12, () => createTeam(server, { owner: ada, viewer: bob }));
    const answers = await Promise.all(teams.map((team) => setRole(ada, team, bob, 'owner')));
    expect(tally(answers)).toEqual({ 200: 10, '422 LIMIT_REACHED': 2 });
    expect((await server.as(bob, 'POST', '/api/workspaces', { name: 'More' })).status).toBe(422);
  });

  it('that are not there are not found', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    const team = await createTeam(server, { owner: ada });
    expect((await setRole(ada, team, bob, 'editor')).status).toBe(404);
    expect((await removeMember(ada, team, bob)).status).toBe(404);
    expect((await server.as(bob, 'GET', `/api/workspaces/${NO_ID}`)).status).toBe(404);
  });

  it('leave an owner behind, even if thirty owners step down or leave at once', async () => {
    const owners = await times(30, () => server.signUp());
    const team = await createTeam(server, { owner: owners });
    const answers = await Promise.all(
      owners.map((who, index) =>
        index % 2 ? setRole(who, team, who, 'viewer') : removeMember(who, team, who),
      ),
    );
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(29);
    expect(answers.filter(({ body }) => body?.code === 'LAST_OWNER')).toHaveLength(1);
    const left = await server.app.db
      .selectFrom('workspace_members')
      .select('user_id')
      .where('workspace_id', '=', team)
      .where('role', '=', 'owner')
      .execute();
    expect(left).toHaveLength(1);
  });

  it('see what happened to them among their security events', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    const team = await createTeam(server, { owner: ada, viewer: bob });
    await setRole(ada, team, bob, 'editor');
    await removeMember(bob, team, bob);
    const { items } = (await server.as(bob, 'GET', '/api/me/security-events')).body;
    expect(items.slice(0, 2)).toMatchObject([
      { type: 'member_left', byAdmin: false },
      { type: 'member_role_changed', byAdmin: true, ip: null },
    ]);
  });
});

describe('a deleted team', () => {
  it('is gone for everybody at once, with its public pages, and comes back as it was', async () => {
    const [ada, bob] = [await signUpVerified(server), await server.signUp()];
    const team = await createTeam(server, { owner: ada, admin: bob });
    const { id, handle } = await publishPage(ada, team);
    expect(await statusOf(handle)).toBe(200);
    expect((await server.as(ada, 'DELETE', `/api/workspaces/${team}`)).status).toBe(204);
    expect(await statusOf(handle)).toBe(404);
    for (const who of [ada, bob]) {
      for (const path of [`/api/workspaces/${team}`, `/api/pages/${id}`, `/api/pages?workspaceId=${team}`])
        expect((await server.as(who, 'GET', path)).status).toBe(404);
      expect((await server.as(who, 'GET', '/api/pages')).body.items).toHaveLength(1);
    }
    expect((await server.as(bob, 'POST', '/api/pages', { handle })).body.code).toBe('HANDLE_TAKEN');

    const trashOf = async (who: SignedUp) =>
      (await server.as(who, 'GET', '/api/workspaces?deleted=true')).body.items;
    expect(await trashOf(ada)).toMatchObject([{ id: team, deletedAt: expect.any(String) }]);
    expect(await trashOf(bob)).toEqual([]);
    expect((await server.as(bob, 'POST', `/api/workspaces/${team}/restore`)).body.code).toBe('ROLE_REQUIRED');
    expect((await server.as(ada, 'POST', `/api/workspaces/${team}/restore`)).body).toMatchObject({
      id: team,
      deletedAt: null,
    });
    expect(await statusOf(handle)).toBe(200);
    expect((await server.as(bob, 'GET', `/api/pages/${id}`)).status).toBe(200);
  });

  it('is deleted for good after 30 days, and its handles stay held', async () => {
    const [ada, bob] = [await signUpVerified(server), await server.signUp()];
    const [old, young] = [await createTeam(server, { owner: ada }), await createTeam(server, { owner: ada })];
    const { handle } = await publishPage(ada, old);
    const deletedDaysAgo = (id: string, days: number) =>
      server.app.db
        .updateTable('workspaces')
        .set({ deleted_at: sql<Date>`now() - make_interval(days => ${days})` })
        .where('id', '=', id)
        .execute();
    await deletedDaysAgo(old, 31);
    await deletedDaysAgo(young, 29);
    expect((await server.as(ada, 'POST', `/api/workspaces/${old}/restore`)).status).toBe(404);
    await deleteTrashedWorkspaces(server.app);
    const left = await server.app.db
      .selectFrom('workspaces')
      .select('id')
      .where('id', 'in', [old, young])
      .execute();
    expect(left).toEqual([{ id: young }]);
    for (const who of [ada, bob])
      expect((await server.as(who, 'POST', '/api/pages', { handle })).body.code).toBe('HANDLE_TAKEN');
  });
});

describe('a public page of a team', () => {
  it('is shown as long as one owner may use the product', async () => {
    const [ada, bob, eve] = [
      await signUpVerified(server),
      await signUpVerified(server),
      await signUpVerified(server),
    ];
    const team = await createTeam(server, { owner: [ada, bob], editor: eve });
    const { handle } = await publishPage(eve, team);
    for (const who of [eve, ada]) await markSuspended(server, who);
    await expect.poll(() => statusOf(handle)).toBe(200);
    await markSuspended(server, bob);
    await expect.poll(() => statusOf(handle)).toBe(404);
  });

  it('stays when the member who made it leaves or deletes the account', async () => {
    const [ada, eve] = [await signUpVerified(server), await signUpVerified(server)];
    const team = await createTeam(server, { owner: ada, editor: eve });
    const { id, handle } = await publishPage(eve, team);
    expect((await server.as(eve, 'DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
    expect((await server.as(ada, 'GET', `/api/pages/${id}`)).status).toBe(200);
    expect(await statusOf(handle)).toBe(200);
  });
});

describe('an account', () => {
  it('cannot be deleted while a team with other members needs it', async () => {
    const [ada, bob] = [await signUpVerified(server), await server.signUp()];
    const team = await createTeam(server, { owner: ada, editor: bob });
    const refused = await server.as(ada, 'DELETE', '/api/me', { password: PASSWORD });
    expect([refused.status, refused.body.code]).toEqual([409, 'LAST_OWNER']);
    expect(refused.body.detail).toContain('Team');
    expect((await server.as(ada, 'GET', '/api/pages')).body.items).toHaveLength(1);
    await setRole(ada, team, bob, 'owner');
    expect((await server.as(ada, 'DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
    expect(await membersOf(bob, team)).toMatchObject([{ userId: bob.user.id }]);
  });

  it('takes along the personal workspace and the teams that nobody else is in', async () => {
    const ada = await signUpVerified(server);
    const { id } = await createWorkspace(ada);
    const { handle } = await publishPage(ada, id);
    const trashed = await createWorkspace(ada, 'In the trash');
    await server.as(ada, 'DELETE', `/api/workspaces/${trashed.id}`);
    expect((await server.as(ada, 'DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
    expect(await statusOf(handle)).toBe(404);
    const { rows } = await sql`
      select from workspaces where id in (${id}, ${ada.user.id})
      union all select from workspace_members where user_id = ${ada.user.id}`.execute(server.app.db);
    expect(rows).toEqual([]);
    const pages = await server.app.db
      .selectFrom('pages')
      .select('id')
      .where('user_id', '=', ada.user.id)
      .execute();
    expect(pages).toEqual([]);
  });

  it('exports its memberships, and the pages of the workspaces that it owns', async () => {
    const [ada, bob] = [await signUpVerified(server), await signUpVerified(server)];
    const [own, others] = [
      await createTeam(server, { owner: ada }),
      await createTeam(server, { owner: bob, viewer: ada }),
    ];
    const page = await publishPage(ada, own);
    await publishPage(bob, others);
    const { body } = await server.as(ada, 'GET', '/api/me/export');
    expect(body.workspaces).toMatchObject([
      { id: ada.user.id, kind: 'personal', role: 'owner' },
      { id: own, kind: 'team', role: 'owner' },
      { id: others, kind: 'team', role: 'viewer' },
    ]);
    expect(body.pages.map(({ workspaceId }: { workspaceId: string }) => workspaceId)).toEqual([
      ada.user.id,
      page.workspaceId,
    ]);
  });
});

it('a member who joins in the middle of everything sees pages of all workspaces in one list', async () => {
  const [ada, bob] = [await server.signUp(), await server.signUp()];
  const team = await createTeam(server, { owner: bob });
  const { id } = (await server.as(bob, 'POST', '/api/pages', { workspaceId: team, handle: newHandle() }))
    .body;
  const idsOf = async (path: string) =>
    (await server.as(ada, 'GET', path)).body.items.map((item: { id: string }) => item.id);
  expect(await idsOf('/api/pages')).not.toContain(id);
  await addMember(server, team, ada, 'analyst');
  expect(await idsOf('/api/pages')).toContain(id);
  expect(await idsOf(`/api/pages?workspaceId=${team}`)).toEqual([id]);
  expect(await idsOf(`/api/pages?workspaceId=${ada.user.id}`)).not.toContain(id);
});
