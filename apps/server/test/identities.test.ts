import { generateId } from '@linkgrove/api';
import { describe, expect, it } from 'vitest';
import {
  newPerson,
  NO_ID,
  PASSWORD,
  readPasswordHash,
  type SignedUp,
  signUpVerified,
  times,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer({ worker: true });

let subjects = 0;
/** Stores an identity of the user, as a sign-in with a provider does; returns its ID. */
async function addIdentity({ user }: SignedUp, email = newPerson().email): Promise<string> {
  const id = generateId();
  const subject = `subject-${(subjects += 1)}`;
  const identity = {
    id,
    user_id: user.id,
    provider: 'example',
    issuer: 'https://id.example.com',
    subject,
    email,
  };
  await server.app.db.insertInto('user_identities').values(identity).execute();
  return id;
}
const forgetPassword = ({ user }: SignedUp) =>
  server.app.db.updateTable('users').set({ password_hash: null }).where('id', '=', user.id).execute();
const listIdentities = async (who: SignedUp) =>
  (await server.as(who, 'GET', '/api/me/identities')).body.items;
const remove = (who: SignedUp, id: string) => server.as(who, 'DELETE', `/api/me/identities/${id}`);

describe('an identity', () => {
  it('is listed with its address and last use, exported, and removed by its owner only', async () => {
    const [ada, eve] = [await signUpVerified(server), await server.signUp()];
    const id = await addIdentity(ada, 'ada@id.example.com');
    const listed = await listIdentities(ada);
    expect(listed).toMatchObject([
      { id, provider: 'example', subjectEmail: 'ada@id.example.com', lastUsedAt: null },
    ]);
    expect((await server.as(ada, 'GET', '/api/me/export')).body.identities).toEqual(listed);
    expect(await listIdentities(eve)).toEqual([]);
    for (const unknown of [id, NO_ID]) expect((await remove(eve, unknown)).status).toBe(404);
    expect((await remove(ada, id)).status).toBe(204);
    expect((await remove(ada, id)).status).toBe(404);
    expect(await listIdentities(ada)).toEqual([]);
    const mail = await server.mailbox.waitFor(ada.email, 'A way to sign in was removed');
    expect(mail.text).toContain('Signing in with example was removed from your account.');
    const events = (await server.as(ada, 'GET', '/api/me/security-events')).body.items;
    expect(events[0].type).toBe('identity_removed');
  });

  it('that is the last way to sign in stays, also when all are removed at once', async () => {
    const ada = await signUpVerified(server);
    await forgetPassword(ada);
    const ids = await Promise.all(Array.from({ length: 30 }, () => addIdentity(ada)));
    const answers = await Promise.all(ids.map((id) => remove(ada, id)));
    const removed = answers.filter(({ status }) => status === 204);
    const left = await listIdentities(ada);
    expect(left.length).toBe(ids.length - removed.length);
    for (const { id } of left.slice(1)) expect((await remove(ada, id)).status).toBe(204);
    expect(await remove(ada, left[0].id)).toMatchObject({
      status: 409,
      body: { code: 'LAST_SIGN_IN_METHOD' },
    });
    expect(await listIdentities(ada)).toHaveLength(1);
  });

  it('goes with the account, and when the owner of the mailbox takes over an unverified account', async () => {
    const [ada, squatter] = [await server.signUp(), await server.signUp()];
    await addIdentity(ada);
    await server.as(ada, 'DELETE', '/api/me', { password: PASSWORD });
    await addIdentity(squatter);
    await server.post('/api/forgot-password', { email: squatter.email });
    const token = await server.readMailedToken(squatter.email, 'Reset');
    const reset = { token, password: 'another-horse-battery' };
    expect((await server.post('/api/reset-password', reset)).status).toBe(204);
    const left = await server.app.db
      .selectFrom('user_identities')
      .select('id')
      .where('user_id', 'in', [ada.user.id, squatter.user.id])
      .execute();
    expect(left).toEqual([]);
  });

  it('goes when a thief’s change of the address is undone', async () => {
    const ada = await signUpVerified(server);
    const { email } = newPerson();
    await server.as(ada, 'POST', '/api/me/email', { email });
    const token = await server.readMailedToken(email, 'Verify');
    expect((await server.post('/api/verify-email', { token })).status).toBe(200);
    await addIdentity(ada);
    const undo = await server.readMailedToken(ada.email, 'was changed');
    expect((await server.post('/api/undo-email-change', { token: undo })).status).toBe(204);
    expect(
      await server.app.db
        .selectFrom('user_identities')
        .select('id')
        .where('user_id', '=', ada.user.id)
        .execute(),
    ).toEqual([]);
  });
});

describe('a user without a password', () => {
  async function signUpWithoutPassword(): Promise<SignedUp> {
    const person = await signUpVerified(server);
    await addIdentity(person);
    await forgetPassword(person);
    return person;
  }

  it('cannot sign in with any password, and no answer tells why', async () => {
    const ada = await signUpWithoutPassword();
    const [known, unknown] = [await server.login(ada.username), await server.login('nobody-at-all')];
    expect(known.body).toEqual({ ...unknown.body, requestId: known.body.requestId });
    const asked = await server.as(ada, 'POST', '/api/me/reauthenticate', { password: PASSWORD });
    expect(asked.body.code).toBe('INVALID_CREDENTIALS');
  });

  it('sets a first password in a fresh session, or by mail', async () => {
    const [ada, bob] = [await signUpWithoutPassword(), await signUpWithoutPassword()];
    const newPassword = 'another-horse-battery';
    const change = (body: object) => server.as(ada, 'POST', '/api/me/password', body);
    expect((await change({ currentPassword: PASSWORD, newPassword })).body.code).toBe('INVALID_CREDENTIALS');
    const answers = await times(5, () => change({ newPassword }));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect((await change({ newPassword: 'third-horse-battery' })).body.errors[0].path).toBe(
      'currentPassword',
    );
    expect((await server.login(ada.username, newPassword)).status).toBe(200);

    await server.post('/api/forgot-password', { email: bob.email });
    const token = await server.readMailedToken(bob.email, 'Reset');
    expect((await server.post('/api/reset-password', { token, password: newPassword })).status).toBe(204);
    expect((await server.login(bob.username, newPassword)).status).toBe(200);
    expect(await readPasswordHash(server, bob.user.id)).not.toBe('');
  });

  it('changes the address and deletes the account in a fresh session', async () => {
    const ada = await signUpWithoutPassword();
    expect((await server.as(ada, 'POST', '/api/me/email', { email: newPerson().email })).status).toBe(202);
    expect((await server.as(ada, 'DELETE', '/api/me')).status).toBe(204);
    expect((await server.as(ada, 'GET', '/api/me')).status).toBe(401);
  });
});
