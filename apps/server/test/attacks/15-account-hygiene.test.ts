import { tokenIn } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  type Answer,
  cookieHeader,
  createAuthenticator,
  createTeam,
  newPerson,
  NO_ID,
  PASSWORD,
  problemOf,
  range,
  type SignedUp,
  signUpVerified,
  startTestServer,
  storeKey,
  times,
  useTestServer,
} from '../kit/index.ts';

const server = useTestServer({ worker: true });

const statusOf = async (token: string) => (await server.call('GET', '/api/me', { token })).status;
const listSessions = async ({ user }: SignedUp) =>
  server.app.db
    .selectFrom('sessions')
    .select('id')
    .where('user_id', '=', user.id)
    .where('ended_at', 'is', null)
    .execute();
const codeOf = (answer: Answer) => [answer.status, problemOf(answer).code];
const mailsTo = (address: string, subject: string) =>
  server.mailbox.received.filter((mail) => mail.to === address && mail.subject.includes(subject));

describe('A13.15 sessions', () => {
  it('A13.15 a user has at most 50; the oldest ends, also when many begin at once', async () => {
    const ada = await server.signUp();
    for (const _ of range(49)) await server.login(ada.username);
    expect([await statusOf(ada.token), (await listSessions(ada)).length]).toEqual([200, 50]);
    const second = await server.login(ada.username);
    expect([await statusOf(ada.token), await statusOf(second.body.accessToken)]).toEqual([401, 200]);
    const answers = await times(20, () => server.login(ada.username));
    expect(await listSessions(ada)).toHaveLength(50);
    for (const { body } of answers) expect(await statusOf(body.accessToken)).toBe(200);
  });

  it('A13.15 a change of address ends every session except the one that asked for it', async () => {
    const ada = await server.signUp();
    const others = [await server.login(ada.username), await server.login(ada.username)];
    const { email } = newPerson();
    await server.as(ada, 'POST', '/api/me/email', { email, password: PASSWORD });
    const token = await server.readMailedToken(email, 'Verify');
    expect((await server.post('/api/verify-email', { token })).status).toBe(200);
    expect(await statusOf(ada.token)).toBe(200);
    for (const { body, cookies } of others) {
      expect(await statusOf(body.accessToken)).toBe(401);
      const refreshed = await server.post('/api/refresh', undefined, { cookie: cookieHeader(cookies) });
      expect(refreshed.status).toBe(401);
    }
  });
});

describe('A13.15 a fresh proof', () => {
  /** Makes the user's sign-in older than ten minutes. */
  const age = ({ user }: SignedUp) =>
    sql`update sessions set authenticated_at = now() - interval '10 minutes 1 second'
      where user_id = ${user.id}`.execute(server.app.db);
  const signUpLongAgo = async () => {
    const person = await server.signUp();
    await age(person);
    return person;
  };
  const rename = (who: SignedUp, more: object = {}) =>
    server.as(who, 'PATCH', '/api/me', { username: newPerson().username, ...more });
  const REFUSED = [403, 'REAUTHENTICATION_REQUIRED'];

  it('A13.15 is needed to change the username and to export, over REST and tRPC', async () => {
    const ada = await signUpLongAgo();
    const { token } = ada;
    expect(codeOf(await rename(ada))).toEqual(REFUSED);
    expect(codeOf(await server.as(ada, 'GET', '/api/me/export'))).toEqual(REFUSED);
    const { username } = newPerson();
    expect(codeOf(await server.post('/trpc/account.update', { username }, { token }))).toEqual(REFUSED);
    expect(codeOf(await server.get('/trpc/account.export', { token }))).toEqual(REFUSED);
    expect((await server.as(ada, 'GET', '/api/me')).body.username).toBe(ada.username);
  });

  it('A13.15 is needed for keys, the address, ownership, the deletion of a team and of the account', async () => {
    const [ada, bob] = [await signUpVerified(server), await signUpVerified(server)];
    const team = await createTeam(server, { owner: ada, viewer: bob });
    const { id } = await storeKey(server, ada, { scopes: ['pages:read'] });
    await age(ada);
    const calls: [string, string, object?][] = [
      ['POST', '/api/keys', { name: 'Program', scopes: ['pages:read'] }],
      ['PATCH', `/api/keys/${id}`, { name: 'Renamed' }],
      ['POST', `/api/keys/${id}/rotate`, {}],
      ['POST', '/api/me/email', { email: newPerson().email }],
      ['PATCH', `/api/workspaces/${team}/members/${bob.user.id}`, { role: 'owner' }],
      ['DELETE', `/api/workspaces/${team}`],
      ['DELETE', `/api/me/identities/${NO_ID}`],
      ['DELETE', '/api/me'],
    ];
    for (const [method, path, body] of calls) {
      const answer = await server.as(ada, method, path, body);
      expect([path, ...codeOf(answer)]).toEqual([path, ...REFUSED]);
      expect(problemOf(answer).methods).toEqual(['password', 'sign_in']);
    }
    // What does not take part in ownership, and what makes an account safer, stays easy.
    const { status } = await server.as(ada, 'PATCH', `/api/workspaces/${team}/members/${bob.user.id}`, {
      role: 'editor',
    });
    expect([status, (await server.as(ada, 'DELETE', `/api/keys/${id}`)).status]).toEqual([200, 204]);
    const proof = { password: PASSWORD };
    expect((await server.as(ada, 'POST', '/api/me/reauthenticate', proof)).status).toBe(204);
    expect((await server.as(ada, 'DELETE', `/api/workspaces/${team}`)).status).toBe(204);
    await age(ada);
    expect(codeOf(await server.as(ada, 'DELETE', '/api/me', { password: 'wrong' }))[1]).toBe(
      'INVALID_CREDENTIALS',
    );
    expect((await server.as(ada, 'DELETE', '/api/me', proof)).status).toBe(204);
  });

  it('A13.15 is lost with the session: a password change elsewhere beats it in a race', async () => {
    const ada = await signUpVerified(server);
    const other = await server.login(ada.username);
    const thief = { token: other.body.accessToken };
    const [changed, ...moved] = await Promise.all([
      server.as(ada, 'POST', '/api/me/password', {
        currentPassword: PASSWORD,
        newPassword: 'another-horse-battery',
      }),
      ...range(10).map(() => server.as(thief, 'POST', '/api/me/email', { email: newPerson().email })),
    ]);
    expect(changed?.status).toBe(204);
    expect(moved.every(({ status }) => [202, 401, 403, 429].includes(status))).toBe(true);
    const { items } = (await server.as(ada, 'GET', '/api/me/security-events')).body;
    const types = items.map(({ type }: { type: string }) => type);
    expect(types.slice(0, types.indexOf('password_changed'))).not.toContain('email_change_requested');
    const live = await server.app.db
      .selectFrom('email_tokens')
      .select('id')
      .where('user_id', '=', ada.user.id)
      .where('purpose', '=', 'change_email')
      .where('used_at', 'is', null)
      .execute();
    expect(live).toEqual([]);
  });

  it('A13.15 is not needed for other settings, or for the username that one has', async () => {
    const ada = await signUpLongAgo();
    const kept = { username: ada.username, displayName: 'Ada' };
    expect((await server.as(ada, 'PATCH', '/api/me', kept)).status).toBe(200);
  });

  it('A13.15 is the password of the same request, if it is right', async () => {
    const ada = await signUpLongAgo();
    expect(codeOf(await rename(ada, { password: 'not-it-at-all' }))).toEqual([401, 'INVALID_CREDENTIALS']);
    expect((await rename(ada, { password: PASSWORD })).status).toBe(200);
    expect(codeOf(await server.as(ada, 'GET', '/api/me/export'))).toEqual(REFUSED);
  });

  it('A13.15 is the password given to POST /api/me/reauthenticate, for ten minutes and for this session', async () => {
    const ada = await server.signUp();
    const other = (await server.login(ada.username)).body.accessToken;
    await age(ada);
    const prove = (password: string) => server.as(ada, 'POST', '/api/me/reauthenticate', { password });
    expect(codeOf(await prove('not-it-at-all'))).toEqual([401, 'INVALID_CREDENTIALS']);
    expect(codeOf(await server.as(ada, 'GET', '/api/me/export'))).toEqual(REFUSED);
    expect((await prove(PASSWORD)).status).toBe(204);
    expect((await server.as(ada, 'GET', '/api/me/export')).status).toBe(200);
    expect((await rename(ada)).status).toBe(200);
    expect(codeOf(await server.as({ token: other }, 'GET', '/api/me/export'))).toEqual(REFUSED);
    await age(ada);
    expect(codeOf(await server.as(ada, 'GET', '/api/me/export'))).toEqual(REFUSED);
  });

  it('A13.15 is not given by a refresh', async () => {
    const ada = await signUpLongAgo();
    const { body } = await server.post('/api/refresh', undefined, { cookie: ada.cookie });
    expect(codeOf(await server.as({ token: body.accessToken }, 'GET', '/api/me/export'))).toEqual(REFUSED);
  });

  it('A13.15 cannot be guessed: its tries are counted with all others of the password', async () => {
    const strict = await startTestServer({ env: { RATE_LIMIT_LOGIN: '3/15m' } });
    const { token } = await strict.signUp();
    const prove = (password: string) =>
      strict.post('/api/me/reauthenticate', { password }, { token }).then(({ status }) => status);
    expect([await prove('a'), await prove('b')]).toEqual([401, 401]);
    const change = { currentPassword: 'c', newPassword: 'another-horse-battery' };
    expect((await strict.post('/api/me/password', change, { token })).status).toBe(401);
    expect(await prove(PASSWORD)).toBe(429);
    await strict.close();
  });
});

it('A13.15 a change of the username is mailed, and the mail does not contain the new name', async () => {
  const ada = await signUpVerified(server);
  const { username } = newPerson();
  expect((await server.as(ada, 'PATCH', '/api/me', { username })).status).toBe(200);
  const mail = await server.mailbox.waitFor(ada.email, 'username was changed');
  expect(`${mail.text}${mail.html}`).not.toContain(username);
});

describe('A13.15 the mail about a changed address', () => {
  /** Changes the address of a user and returns the new one. */
  async function moveTo(who: SignedUp, email = newPerson().email): Promise<string> {
    const asked = await server.as(who, 'POST', '/api/me/email', { email, password: PASSWORD });
    expect(asked.status).toBe(202);
    const token = await server.readMailedToken(email, 'Verify');
    expect((await server.post('/api/verify-email', { token })).status).toBe(200);
    return email;
  }
  const readUndoToken = async (address: string) =>
    tokenIn(await server.mailbox.waitFor(address, 'was changed'));
  const undo = (token: string) => server.post('/api/undo-email-change', { token });

  it('A13.15 has a link that gives the address back, ends all sessions, voids the password, passkeys and API keys, and mails a reset', async () => {
    const ada = await signUpVerified(server);
    const email = await moveTo(ada);
    const { key } = await storeKey(server, ada, { scopes: ['pages:read'] });
    const readPages = () => server.call('GET', '/api/pages', { token: key });
    expect((await readPages()).status).toBe(200);
    const authenticator = createAuthenticator();
    const made = await server.as(ada, 'POST', '/api/passkeys/registration/options');
    await server.as(ada, 'POST', '/api/passkeys/registration/verify', authenticator.create(made.body));
    const usePasskey = async () => {
      const asked = await server.post('/api/passkeys/authentication/options');
      return server.post('/api/passkeys/authentication/verify', authenticator.get(asked.body));
    };
    const stolen = (await usePasskey()).body.accessToken;
    const mail = await server.mailbox.waitFor(ada.email, 'was changed');
    expect(mail.text).toContain('/undo-email-change?token=');
    expect((await undo(tokenIn(mail))).status).toBe(204);
    for (const token of [ada.token, stolen]) expect(await statusOf(token)).toBe(401);
    expect((await usePasskey()).status).toBe(401);
    expect(await readPages()).toMatchObject({ status: 401, body: { code: 'INVALID_KEY' } });
    // The password had to be known for the change.
    for (const name of [email, ada.email, ada.username]) expect((await server.login(name)).status).toBe(401);
    const token = await server.readMailedToken(ada.email, 'Reset');
    const password = 'another-horse-battery';
    expect((await server.post('/api/reset-password', { token, password })).status).toBe(204);
    const back = await server.login(ada.email, password);
    expect(back.body.user).toMatchObject({ id: ada.user.id, email: ada.email, emailVerified: true });
    const events = await server.as({ token: back.body.accessToken }, 'GET', '/api/me/security-events');
    expect(events.body.items.map(({ type }: { type: string }) => type)).toContain('email_change_undone');
    expect((await undo(tokenIn(mail))).status).toBe(410);
  });

  it('A13.15 the link works for 72 hours', async () => {
    const ada = await signUpVerified(server);
    await moveTo(ada);
    const token = await readUndoToken(ada.email);
    const { rows } = await sql<{ hours: number }>`
      select extract(epoch from expires_at - created_at)::int / 3600 as hours from email_tokens
      where user_id = ${ada.user.id} and purpose = 'undo_email_change'`.execute(server.app.db);
    expect(rows).toEqual([{ hours: 72 }]);
    await sql`update email_tokens set expires_at = now() where user_id = ${ada.user.id}`.execute(
      server.app.db,
    );
    expect((await undo(token)).status).toBe(410);
  });

  it('A13.15 the link survives a second change of address, which gets its own, and a change of the password', async () => {
    const ada = await signUpVerified(server);
    const second = await moveTo(ada);
    const token = await readUndoToken(ada.email);
    await moveTo(ada);
    const later = await readUndoToken(second);
    const newPassword = 'another-horse-battery';
    await server.as(ada, 'POST', '/api/me/password', { currentPassword: PASSWORD, newPassword });
    expect((await undo(token)).status).toBe(204);
    expect((await undo(later)).status).toBe(410);
    await server.readMailedToken(ada.email, 'Reset');
  });

  it('A13.15 the link works although a stranger registered with the old address meanwhile', async () => {
    const ada = await signUpVerified(server);
    await moveTo(ada);
    const squatter = await server.signUp({ email: ada.email });
    expect((await undo(await readUndoToken(ada.email))).status).toBe(204);
    expect(await statusOf(squatter.token)).toBe(401);
    await server.readMailedToken(ada.email, 'Reset');
  });

  it('A13.15 an address that was never verified gets no link', async () => {
    const ada = await server.signUp();
    await moveTo(ada);
    await server.as(ada, 'POST', '/api/me/password', {
      currentPassword: PASSWORD,
      newPassword: 'another-horse-battery',
    });
    const { rows } = await sql`
      select from email_tokens where user_id = ${ada.user.id} and purpose = 'undo_email_change'`.execute(
      server.app.db,
    );
    expect(rows).toEqual([]);
    for (const mail of mailsTo(ada.email, 'was changed')) expect(mail.text).not.toContain('token=');
  });

  it('A13.15 no other token undoes a change, and the link is good for nothing else', async () => {
    const ada = await signUpVerified(server);
    await moveTo(ada);
    const token = await readUndoToken(ada.email);
    expect((await server.post('/api/verify-email', { token })).status).toBe(410);
    const body = { token, password: 'another-horse-battery' };
    expect((await server.post('/api/reset-password', body)).status).toBe(410);
    await server.post('/api/forgot-password', { email: (await server.as(ada, 'GET', '/api/me')).body.email });
    const reset = await server.readMailedToken((await server.as(ada, 'GET', '/api/me')).body.email, 'Reset');
    expect((await undo(reset)).status).toBe(410);
  });

  it('A13.15 the built-in page of the link changes nothing when it is opened', async () => {
    const ada = await signUpVerified(server);
    await moveTo(ada);
    const token = await readUndoToken(ada.email);
    const page = await server.get(`/undo-email-change?token=${token}`);
    expect(page.status).toBe(200);
    expect(page.body).toContain('action="/api/undo-email-change"');
    expect((await undo(token)).status).toBe(204);
  });
});

it.each(['Summer2024!', 'Liverpool1892', 'Dragon#1', 'Sommer2025!', 'Linkgrove2024!'])(
  'A13.15 the password %s, which attackers try first, is refused wherever one is set',
  async (password) => {
    const weak = { status: 400, body: { errors: [{ code: 'weak_password' }] } };
    expect(await server.register({ password })).toMatchObject(weak);
    const ada = await server.signUp();
    const change = { currentPassword: PASSWORD, newPassword: password };
    expect(await server.as(ada, 'POST', '/api/me/password', change)).toMatchObject(weak);
    await server.post('/api/forgot-password', { email: ada.email });
    const token = await server.readMailedToken(ada.email, 'Reset');
    expect(await server.post('/api/reset-password', { token, password })).toMatchObject(weak);
  },
);
