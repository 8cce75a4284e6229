import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  type Authenticator,
  createAuthenticator,
  enrol,
  markSuspended,
  PASSWORD,
  setRole,
  type SignedUp,
  signUpVerified,
  startTestServer,
  tally,
  times,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer({ worker: true });

const REGISTRATION = '/api/passkeys/registration';
const AUTHENTICATION = '/api/passkeys/authentication';
const optionsFor = async (person: SignedUp) =>
  (await server.as(person, 'POST', `${REGISTRATION}/options`)).body;
const optionsToSignIn = async () => (await server.post(`${AUTHENTICATION}/options`)).body;

/** Registers a passkey; returns its authenticator and what the server answered. */
async function addPasskey(
  person: SignedUp,
  authenticator: Authenticator = createAuthenticator(),
  name?: string,
) {
  const credential = authenticator.create(await optionsFor(person));
  const answer = await server.as(person, 'POST', `${REGISTRATION}/verify`, { ...credential, name });
  return { authenticator, ...answer };
}
const signIn = async (authenticator: Authenticator, userHandle?: string) =>
  server.post(`${AUTHENTICATION}/verify`, authenticator.get(await optionsToSignIn(), userHandle));

describe('a passkey', () => {
  it('is added in a fresh session, mailed and recorded', async () => {
    const ada = await signUpVerified(server);
    const options = await optionsFor(ada);
    const userHandle = Buffer.from(ada.user.id.replaceAll('-', ''), 'hex').toString('base64url');
    expect(options).toMatchObject({
      rp: { id: 'localhost', name: 'localhost' },
      user: { id: userHandle, name: ada.email, displayName: ada.username },
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: [],
      timeout: 300_000,
    });
    const { status, body } = await addPasskey(ada, createAuthenticator(), 'My phone');
    expect([status, body]).toEqual([
      201,
      {
        id: expect.any(String),
        name: 'My phone',
        synced: true,
        createdAt: expect.any(String),
        lastUsedAt: null,
      },
    ]);
    expect((await optionsFor(ada)).excludeCredentials).toHaveLength(1);
    expect((await server.as(ada, 'GET', '/api/me')).body.mfa.passkeys).toBe(1);
    await server.mailbox.waitFor(ada.email, 'A way to sign in was added');
    await sql`update sessions set authenticated_at = now() - interval '11 minutes' where user_id = ${ada.user.id}`.execute(
      server.app.db,
    );
    for (const [method, path] of [
      ['POST', `${REGISTRATION}/options`],
      ['DELETE', `/api/passkeys/${body.id}`],
    ] as const)
      expect((await server.as(ada, method, path)).body.code).toBe('REAUTHENTICATION_REQUIRED');
  });

  it('signs in without a name and without a second factor', async () => {
    const ada = await signUpVerified(server);
    const { authenticator } = await addPasskey(ada);
    await enrol(server, ada);
    expect(await optionsToSignIn()).toMatchObject({
      rpId: 'localhost',
      allowCredentials: [],
      userVerification: 'required',
    });
    const userHandle = Buffer.from(ada.user.id.replaceAll('-', ''), 'hex').toString('base64url');
    for (const handle of [userHandle, undefined]) {
      const signedIn = await signIn(authenticator, handle);
      expect(signedIn).toMatchObject({
        status: 200,
        body: { user: { id: ada.user.id }, tokenType: 'Bearer' },
      });
      expect(Object.keys(signedIn.cookies)).toContain('refresh_token');
    }
    const { items } = (await server.as(ada, 'GET', '/api/passkeys')).body;
    expect(items[0].lastUsedAt).not.toBeNull();
    expect((await server.login(ada.username)).body.code).toBe('MFA_REQUIRED');
  });

  it('is renamed and removed by its owner', async () => {
    const [ada, eve] = [await signUpVerified(server), await server.signUp()];
    const { authenticator, body } = await addPasskey(ada);
    const path = `/api/passkeys/${body.id}`;
    expect((await server.as(eve, 'PATCH', path, { name: 'Mine' })).status).toBe(404);
    expect((await server.as(eve, 'DELETE', path)).status).toBe(404);
    expect((await server.as(ada, 'PATCH', path, { name: 'Laptop' })).body.name).toBe('Laptop');
    expect((await server.as(ada, 'DELETE', path)).status).toBe(204);
    expect((await server.as(ada, 'GET', '/api/passkeys')).body.items).toEqual([]);
    await server.mailbox.waitFor(ada.email, 'A way to sign in was removed');
    expect(await signIn(authenticator)).toMatchObject({ status: 401, body: { code: 'INVALID_CREDENTIALS' } });
    expect((await server.login(ada.username)).status).toBe(200);
  });

  it('belongs to one account, which has at most ten', async () => {
    const [ada, eve] = [await server.signUp(), await server.signUp()];
    const { authenticator } = await addPasskey(ada);
    expect((await addPasskey(eve, authenticator)).body.code).toBe('CONFLICT');
    for (const _ of Array(9)) expect((await addPasskey(ada)).status).toBe(201);
    expect((await server.as(ada, 'POST', `${REGISTRATION}/options`)).body.code).toBe('LIMIT_REACHED');
  });

  it('is exported with the account and deleted with it', async () => {
    const ada = await server.signUp();
    const { authenticator } = await addPasskey(ada, createAuthenticator(), 'Phone');
    expect((await server.as(ada, 'GET', '/api/me/export')).body.passkeys).toMatchObject([{ name: 'Phone' }]);
    expect((await server.as(ada, 'DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
    expect((await signIn(authenticator)).status).toBe(401);
  });

  it('of a suspended account does not sign in', async () => {
    const ada = await server.signUp();
    const { authenticator } = await addPasskey(ada);
    await markSuspended(server, ada);
    expect(await signIn(authenticator)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  });
});

describe('a challenge', () => {
  it('is good for one answer of 30 at once', async () => {
    const { authenticator } = await addPasskey(await server.signUp());
    const answer = authenticator.get(await optionsToSignIn());
    const answers = await times(30, () => server.post(`${AUTHENTICATION}/verify`, answer));
    expect(tally(answers)).toEqual({ 200: 1, '410 TOKEN_EXPIRED': 29 });
  });

  it('is good for five minutes, for its purpose and for its user', async () => {
    const [ada, eve] = [await server.signUp(), await server.signUp()];
    const { authenticator } = await addPasskey(ada);
    const other = createAuthenticator();
    const register = (person: SignedUp, options: { challenge: string }) =>
      server.as(person, 'POST', `${REGISTRATION}/verify`, other.create(options));
    const expired = await optionsToSignIn();
    await sql`update passkey_challenges set expires_at = now()`.execute(server.app.db);
    for (const answer of [
      await server.post(`${AUTHENTICATION}/verify`, authenticator.get(expired)),
      await server.post(`${AUTHENTICATION}/verify`, authenticator.get(await optionsFor(ada))),
      await server.post(`${AUTHENTICATION}/verify`, authenticator.get({ challenge: 'made-up' })),
      await register(ada, await optionsToSignIn()),
      await register(eve, await optionsFor(ada)),
    ])
      expect(answer).toMatchObject({ status: 410, body: { code: 'TOKEN_EXPIRED' } });
  });
});

it('administrators with a passkey and no app are let in by it and not by their password', async () => {
  const strict = await startTestServer({ env: { ADMIN_REQUIRE_MFA: 'true' } });
  const admin = await strict.signUp();
  await setRole(strict, admin, 'admin');
  const authenticator = createAuthenticator();
  const { body: options } = await strict.as(admin, 'POST', `${REGISTRATION}/options`);
  await strict.as(admin, 'POST', `${REGISTRATION}/verify`, authenticator.create(options));
  const lookUp = async (token: string) =>
    (await strict.call('GET', `/api/admin/users?q=${admin.username}`, { token })).status;
  expect(await lookUp(admin.token)).toBe(403);
  const { body: challenge } = await strict.post(`${AUTHENTICATION}/options`);
  const { body } = await strict.post(`${AUTHENTICATION}/verify`, authenticator.get(challenge));
  expect(await lookUp(body.accessToken)).toBe(200);
  await strict.close();
});
