import { deleteOldInvitations } from '@linkgrove/api/jobs';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  createTeam,
  dumpTables,
  markSuspended,
  markVerified,
  newHandle,
  type SignedUp,
  signUpVerified,
  tally,
  times,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer({ worker: true, env: { MAIL_LIMIT_RECIPIENT: '100/1h' } });

const newAddress = () => `${newHandle('guest')}@example.com`;
const invite = (who: SignedUp, team: string, email: string, role = 'editor') =>
  server.as(who, 'POST', `/api/workspaces/${team}/invitations`, { email, role });
const readToken = (email: string) => server.readMailedToken(email, 'invited');
const accept = (who: SignedUp, token: string) => server.as(who, 'POST', '/api/invitations/accept', { token });
const showDetails = (who: SignedUp, token: string) =>
  server.as(who, 'POST', '/api/invitations/details', { token });
const listInvitations = async (who: SignedUp, team: string) =>
  (await server.as(who, 'GET', `/api/workspaces/${team}/invitations`)).body.items;

async function createInvitation(role = 'editor') {
  const [ada, email] = [await signUpVerified(server), newAddress()];
  const team = await createTeam(server, { owner: ada });
  const { status, body } = await invite(ada, team, email, role);
  expect(status).toBe(201);
  return { ada, team, email, id: body.id as string, token: await readToken(email) };
}

describe('an invitation', () => {
  it('makes the account with that address a member in the role, once', async () => {
    const { ada, team, email, token } = await createInvitation('analyst');
    const bob = await signUpVerified(server, { email });
    expect((await server.as(bob, 'GET', `/api/workspaces/${team}`)).status).toBe(404);
    expect((await showDetails(bob, token)).body).toEqual({ workspaceName: 'Team', role: 'analyst' });
    expect((await server.as(bob, 'GET', `/api/workspaces/${team}`)).status).toBe(404);
    expect((await accept(bob, token)).body).toMatchObject({ id: team, role: 'analyst', kind: 'team' });
    expect((await accept(bob, token)).body).toMatchObject({ status: 410, code: 'TOKEN_EXPIRED' });
    expect(await listInvitations(ada, team)).toEqual([]);
  });

  it('makes one membership of thirty acceptances at once', async () => {
    const { team, email, token } = await createInvitation();
    const bob = await signUpVerified(server, { email });
    expect(tally(await times(30, () => accept(bob, token)))).toEqual({ 200: 1, '410 TOKEN_EXPIRED': 29 });
    const members = await server.app.db
      .selectFrom('workspace_members')
      .select('role')
      .where('workspace_id', '=', team)
      .where('user_id', '=', bob.user.id)
      .execute();
    expect(members).toEqual([{ role: 'editor' }]);
  });

  it('shows and grants nothing to anyone else who has the link', async () => {
    const { team, email, token } = await createInvitation();
    const eve = await signUpVerified(server);
    for (const answer of [await showDetails(eve, token), await accept(eve, token)]) {
      expect([answer.status, answer.body.code]).toEqual([403, 'FORBIDDEN']);
      for (const secret of ['Team', team, email]) expect(JSON.stringify(answer.body)).not.toContain(secret);
    }
    const early = await server.signUp({ email });
    for (const answer of [await showDetails(early, token), await accept(early, token)])
      expect([answer.status, answer.body.code]).toEqual([403, 'EMAIL_NOT_VERIFIED']);
    expect((await server.post('/api/invitations/details', { token })).status).toBe(401);
    await markVerified(server, early);
    expect((await accept(early, token)).status).toBe(200);
  });

  it('works for another spelling of the same mailbox', async () => {
    const ada = await signUpVerified(server);
    const team = await createTeam(server, { owner: ada });
    await invite(ada, team, 'Grace.Hopper+team@gmail.com');
    const token = await readToken('Grace.Hopper+team@gmail.com');
    const grace = await signUpVerified(server, { email: 'gracehopper@gmail.com' });
    expect((await accept(grace, token)).status).toBe(200);
  });

  it('makes nobody the owner of more teams than they could create', async () => {
    const { ada, email, token } = await createInvitation('owner');
    const bob = await signUpVerified(server, { email });
    await times(9, () => createTeam(server, { owner: bob }));
    const second = await invite(ada, await createTeam(server, { owner: ada }), email, 'owner');
    const tokens = [token, server.app.tokenDeriver.invitationToken(second.body.id)];
    const answers = await Promise.all(tokens.map((one) => accept(bob, one)));
    expect(tally(answers)).toEqual({ 200: 1, '422 LIMIT_REACHED': 1 });
  });

  it('is mailed without the words of a stranger, with a link to the app', async () => {
    const [ada, email] = [await signUpVerified(server), newAddress()];
    const { id } = (await server.as(ada, 'POST', '/api/workspaces', { name: 'free-iphone.win-now.com' }))
      .body;
    await invite(ada, id, email, 'viewer');
    const mail = await server.mailbox.waitFor(email, 'invited');
    for (const words of ['win-now', ada.username, ada.email]) expect(mail.text).not.toContain(words);
    expect(mail.text).toContain('as a viewer');
    expect(mail.text).toContain(`${server.app.config.appUrl}/invitation?token=`);
  });

  it('is stored without its token', async () => {
    const { token } = await createInvitation();
    for (const { name, text } of await dumpTables(server.app.db))
      expect([name, text.includes(token)]).toEqual([name, false]);
  });

  it('is no other token, and no other token is one', async () => {
    const { email, token } = await createInvitation();
    const bob = await server.signUp({ email });
    const verification = await server.readMailedToken(email, 'Verify');
    expect((await server.post('/api/verify-email', { token })).body.code).toBe('TOKEN_EXPIRED');
    expect(
      (await server.post('/api/reset-password', { token, password: 'a-new-long-password' })).status,
    ).toBe(410);
    await markVerified(server, bob);
    expect((await accept(bob, verification)).body.code).toBe('TOKEN_EXPIRED');
  });

  it('leaves the role of a member as it is', async () => {
    const { ada, team, email, token } = await createInvitation('viewer');
    const bob = await signUpVerified(server, { email });
    await server.app.db
      .insertInto('workspace_members')
      .values({ workspace_id: team, user_id: bob.user.id, role: 'admin' })
      .execute();
    expect((await accept(bob, token)).body).toMatchObject({ id: team, role: 'admin' });
    expect(await listInvitations(ada, team)).toEqual([]);
  });

  it('is answered in the same way whether or not the address has an account', async () => {
    const [ada, bob] = [await signUpVerified(server), await signUpVerified(server)];
    const team = await createTeam(server, { owner: ada });
    const answers = [await invite(ada, team, bob.email), await invite(ada, team, newAddress())];
    for (const { status, body } of answers)
      expect([status, body]).toEqual([
        201,
        {
          id: expect.any(String),
          email: expect.any(String),
          role: 'editor',
          invitedBy: ada.username,
          createdAt: expect.any(String),
          expiresAt: expect.any(String),
        },
      ]);
  });
});

describe('an invitation no longer works', () => {
  const expectDead = async (email: string, token: string) => {
    const bob = await signUpVerified(server, { email });
    for (const answer of [await showDetails(bob, token), await accept(bob, token)])
      expect([answer.status, answer.body.code]).toEqual([410, 'TOKEN_EXPIRED']);
  };

  it('after it is revoked', async () => {
    const { ada, team, email, id, token } = await createInvitation();
    const path = `/api/workspaces/${team}/invitations/${id}`;
    expect((await server.as(ada, 'DELETE', path)).status).toBe(204);
    expect((await server.as(ada, 'DELETE', path)).status).toBe(404);
    await expectDead(email, token);
  });

  it('after seven days, and makes room for another one', async () => {
    const { ada, team, email, id, token } = await createInvitation();
    const [{ expiresAt, createdAt }] = await listInvitations(ada, team);
    expect((Date.parse(expiresAt) - Date.parse(createdAt)) / 86_400_000).toBe(7);
    await server.app.db
      .updateTable('workspace_invitations')
      .set({ expires_at: sql<Date>`now()` })
      .where('id', '=', id)
      .execute();
    expect(await listInvitations(ada, team)).toEqual([]);
    expect((await invite(ada, team, email)).status).toBe(201);
    await deleteOldInvitations(server.app);
    await expectDead(email, token);
  });

  it('while the team is in the trash', async () => {
    const { ada, team, email, token } = await createInvitation();
    expect((await server.as(ada, 'DELETE', `/api/workspaces/${team}`)).status).toBe(204);
    await expectDead(email, token);
  });

  it('while the member who sent it is suspended', async () => {
    const { ada, email, token } = await createInvitation();
    const bob = await signUpVerified(server, { email });
    await markSuspended(server, ada);
    expect((await accept(bob, token)).body).toMatchObject({ status: 410, code: 'TOKEN_EXPIRED' });
    await server.app.db
      .updateTable('users')
      .set({ suspended_at: null })
      .where('id', '=', ada.user.id)
      .execute();
    expect((await accept(bob, token)).status).toBe(200);
  });

  it.each(['removed', 'demoted', 'gone'])('after the member who sent it was %s', async (fate) => {
    const [ada, bob, email] = [await signUpVerified(server), await signUpVerified(server), newAddress()];
    const team = await createTeam(server, { owner: ada, admin: bob });
    await invite(bob, team, email);
    const token = await readToken(email);
    const member = `/api/workspaces/${team}/members/${bob.user.id}`;
    if (fate === 'removed') await server.as(ada, 'DELETE', member);
    else if (fate === 'demoted') await server.as(ada, 'PATCH', member, { role: 'editor' });
    else await server.as(bob, 'DELETE', '/api/me', { password: 'correct-horse-battery' });
    expect(await listInvitations(ada, team)).toEqual([]);
    await expectDead(email, token);
  });
});

describe('a new password', () => {
  const password = 'another-horse-battery-77';
  it.each(['reset', 'changed'])('ends open invitations of its account when it is %s', async (way) => {
    const { ada, team, email, token } = await createInvitation();
    const bob = await signUpVerified(server, { email });
    const other = await signUpVerified(server);
    await server.app.db
      .insertInto('workspace_members')
      .values({ workspace_id: team, user_id: other.user.id, role: 'admin' })
      .execute();
    const kept = newAddress();
    await invite(other, team, kept);
    if (way === 'reset') {
      await server.post('/api/forgot-password', { email: ada.email });
      const reset = { token: await server.readMailedToken(ada.email, 'Reset'), password };
      expect((await server.post('/api/reset-password', reset)).status).toBe(204);
    } else {
      const change = { currentPassword: 'correct-horse-battery', newPassword: password };
      expect((await server.as(ada, 'POST', '/api/me/password', change)).status).toBe(204);
    }
    expect((await accept(bob, token)).body).toMatchObject({ status: 410, code: 'TOKEN_EXPIRED' });
    expect(await listInvitations(other, team)).toMatchObject([{ email: kept }]);
  });
});

describe('inviting', () => {
  it('needs a verified address', async () => {
    const ada = await server.signUp();
    const team = await createTeam(server, { owner: ada });
    expect((await invite(ada, team, newAddress())).body.code).toBe('EMAIL_NOT_VERIFIED');
  });

  it('owners is for owners', async () => {
    const [ada, bob] = [await signUpVerified(server), await signUpVerified(server)];
    const team = await createTeam(server, { owner: ada, admin: bob });
    expect((await invite(bob, team, newAddress(), 'owner')).body.code).toBe('ROLE_REQUIRED');
    expect((await invite(bob, team, newAddress(), 'admin')).status).toBe(201);
    expect((await invite(ada, team, newAddress(), 'owner')).status).toBe(201);
  });

  it('one mailbox thirty times at once sends one mail', async () => {
    const ada = await signUpVerified(server);
    const team = await createTeam(server, { owner: ada });
    const name = newHandle('many');
    const answers = await times(30, (index) => invite(ada, team, `${name}+${index}@gmail.com`));
    expect(tally(answers)).toEqual({ 201: 1, '409 CONFLICT': 29 });
  });

  it('is limited per person and day', async () => {
    const ada = await signUpVerified(server);
    const team = await createTeam(server, { owner: ada });
    const answers = await times(51, () => invite(ada, team, newAddress(), 'viewer'));
    expect(tally(answers)).toEqual({ 201: 50, '429 RATE_LIMITED': 1 });
    const bob = await signUpVerified(server);
    await server.app.db
      .insertInto('workspace_members')
      .values({ workspace_id: team, user_id: bob.user.id, role: 'admin' })
      .execute();
    expect((await invite(bob, team, newAddress())).body.code).toBe('LIMIT_REACHED');
  });
});
