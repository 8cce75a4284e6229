import { endpoints } from '@linkgrove/api';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  codeOf,
  crowd,
  deviceOf,
  dumpTables,
  enrol,
  type Enrolled,
  fillPath,
  forgetSteps,
  NO_ID,
  PASSWORD,
  setRole,
  type SignedUp,
  signInWithFactor,
  signUpVerified,
  startInstance,
  startTestServer,
  tally,
  times,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer({ worker: true });

const signUpEnrolled = async (): Promise<Enrolled> => enrol(server, await signUpVerified(server));
const readMfa = async (token: string) => (await server.call('GET', '/api/me', { token })).body.mfa;
const listEventTypes = async (person: { token: string }): Promise<string[]> =>
  (await server.as(person, 'GET', '/api/me/security-events?limit=100')).body.items.map(
    ({ type }: { type: string }) => type,
  );
const makeStale = ({ user }: SignedUp) =>
  sql`update sessions set authenticated_at = now() - interval '11 minutes' where user_id = ${user.id}`.execute(
    server.app.db,
  );
const challenge = async ({ username }: SignedUp): Promise<string> =>
  (await server.login(username)).body.mfaToken;

describe('an authenticator app', () => {
  it('is active only after one right code', async () => {
    const ada = await signUpVerified(server);
    const { status, body } = await server.as(ada, 'POST', '/api/me/totp');
    expect(status).toBe(200);
    expect(body.url).toContain(`secret=${body.secret}&issuer=localhost`);
    expect(body.qrSvg).toMatch(/^<svg/);
    const confirm = (code: string) => server.as(ada, 'POST', '/api/me/totp/confirm', { code });
    expect(await confirm('000000')).toMatchObject({ status: 401, body: { code: 'INVALID_CREDENTIALS' } });
    expect((await confirm('12345')).body.errors[0].path).toBe('code');
    expect((await server.login(ada.username)).status).toBe(200);
    expect(await readMfa(ada.token)).toEqual({ totp: false, recoveryCodes: 0, passkeys: 0 });

    const code = codeOf(body.secret);
    const confirmed = await confirm(`${code.slice(0, 3)} ${code.slice(3)}`);
    expect(confirmed.body.recoveryCodes).toHaveLength(10);
    expect(confirmed.body.recoveryCodes[0]).toMatch(/^([A-Z2-7]{4}-){5}[A-Z2-7]{4}$/);
    expect(await readMfa(ada.token)).toEqual({ totp: true, recoveryCodes: 10, passkeys: 0 });
    expect(await confirm(code)).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    expect(await server.as(ada, 'POST', '/api/me/totp')).toMatchObject({ status: 409 });
  });

  it('is mailed and recorded, and ends the other sessions, which did not prove it', async () => {
    const ada = await signUpVerified(server);
    const other = (await server.login(ada.username)).body.accessToken;
    await enrol(server, ada);
    expect(await listEventTypes(ada)).toContain('totp_added');
    await server.mailbox.waitFor(ada.email, 'A second factor was turned on');
    expect((await server.call('GET', '/api/me', { token: other })).status).toBe(401);
  });

  it('is confirmed once of 30 times at once, and not with a secret that is old', async () => {
    const ada = await server.signUp();
    const { secret } = (await server.as(ada, 'POST', '/api/me/totp')).body;
    const confirm = () => server.as(ada, 'POST', '/api/me/totp/confirm', { code: codeOf(secret) });
    await sql`update totp_factors set created_at = now() - interval '31 minutes' where user_id = ${ada.user.id}`.execute(
      server.app.db,
    );
    expect(await confirm()).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    await sql`update totp_factors set created_at = now() where user_id = ${ada.user.id}`.execute(
      server.app.db,
    );
    expect(tally(await times(30, confirm))).toEqual({ 200: 1, '409 CONFLICT': 29 });
  });

  it('needs a session that is fresh, as do new recovery codes', async () => {
    const [ada, bob] = [await server.signUp(), await signUpEnrolled()];
    await makeStale(ada);
    await makeStale(bob);
    for (const [person, path] of [
      [ada, '/api/me/totp'],
      [bob, '/api/me/recovery-codes'],
    ] as const)
      expect(await server.as(person, 'POST', path)).toMatchObject({
        status: 403,
        body: { code: 'REAUTHENTICATION_REQUIRED' },
      });
    const proof = { code: codeOf(bob.secret) };
    const { body } = await server.as(bob, 'POST', '/api/me/recovery-codes');
    expect(body.methods).toEqual(['code', 'password', 'sign_in']);
    expect((await server.as(bob, 'POST', '/api/me/reauthenticate', proof)).status).toBe(204);
    expect((await server.as(bob, 'POST', '/api/me/reauthenticate', proof)).status).toBe(401);
    expect((await server.as(bob, 'POST', '/api/me/recovery-codes')).status).toBe(200);
  });

  it('is removed with a code or a recovery code, and with it all that belongs to it', async () => {
    const [ada, bob] = [await signUpEnrolled(), await signUpEnrolled()];
    const remove = (person: SignedUp, code: string) => server.as(person, 'DELETE', '/api/me/totp', { code });
    expect(await remove(ada, '000000')).toMatchObject({ status: 401, body: { code: 'INVALID_CREDENTIALS' } });
    expect((await remove(ada, codeOf(ada.secret))).status).toBe(204);
    expect((await remove(ada, codeOf(ada.secret))).status).toBe(404);
    expect((await remove(bob, bob.recoveryCodes[0] ?? '')).status).toBe(204);
    for (const { username, token } of [ada, bob]) {
      expect((await server.login(username)).status).toBe(200);
      expect(await readMfa(token)).toEqual({ totp: false, recoveryCodes: 0, passkeys: 0 });
    }
    expect(await listEventTypes(ada)).toContain('totp_removed');
    await server.mailbox.waitFor(ada.email, 'A second factor was turned off');
  });
});

describe('signing in with a second factor', () => {
  it('gives no session before the code', async () => {
    const ada = await signUpEnrolled();
    const first = await server.login(ada.username);
    expect(first).toMatchObject({
      status: 401,
      body: { code: 'MFA_REQUIRED', methods: ['totp', 'recovery_code'], mfaToken: expect.any(String) },
      cookies: {},
    });
    const trpc = await server.post('/trpc/auth.login', { identifier: ada.username, password: PASSWORD });
    expect(trpc.body.error.data).toMatchObject({ code: 'MFA_REQUIRED', mfaToken: expect.any(String) });
    const { mfaToken } = first.body;
    const signedIn = await server.post('/api/login/mfa', { mfaToken, code: codeOf(ada.secret) });
    expect(signedIn).toMatchObject({ status: 200, body: { user: { id: ada.user.id }, tokenType: 'Bearer' } });
    expect(Object.keys(signedIn.cookies)).toContain('refresh_token');
    const { items } = (await server.call('GET', '/api/sessions', { token: signedIn.body.accessToken })).body;
    expect(items[0].amr).toEqual(['pwd', 'otp', 'mfa']);
  });

  it('takes the code of now and the next one, each once of 30 at once', async () => {
    const ada = await signUpEnrolled();
    const mfaToken = await challenge(ada);
    for (const offset of [0, 1]) {
      const code = codeOf(ada.secret, offset);
      const answers = await times(30, () => server.post('/api/login/mfa', { mfaToken, code }));
      expect(tally(answers)).toEqual({ 200: 1, '401 INVALID_CREDENTIALS': 29 });
    }
    const late = { mfaToken, code: codeOf(ada.secret, -3) };
    expect((await server.post('/api/login/mfa', late)).status).toBe(401);
  });

  it('takes each recovery code once, of 30 at once, and mails that one was used', async () => {
    const ada = await signUpEnrolled();
    const mfaToken = await challenge(ada);
    const [recoveryCode = ''] = ada.recoveryCodes;
    const typed = recoveryCode.toLowerCase().replaceAll('-', ' ');
    const answers = await times(30, () => server.post('/api/login/mfa', { mfaToken, recoveryCode: typed }));
    expect(tally(answers)).toEqual({ 200: 1, '401 INVALID_CREDENTIALS': 29 });
    expect((await readMfa(ada.token)).recoveryCodes).toBe(9);
    expect(await listEventTypes(ada)).toContain('recovery_code_used');
    await server.mailbox.waitFor(ada.email, 'A recovery code was used');
  });

  it('wants one code, and not the codes of another', async () => {
    const [ada, eve] = [await signUpEnrolled(), await signUpEnrolled()];
    const mfaToken = await challenge(ada);
    const [recoveryCode] = eve.recoveryCodes;
    for (const proof of [{}, { code: codeOf(ada.secret), recoveryCode }])
      expect(await server.post('/api/login/mfa', { mfaToken, ...proof })).toMatchObject({ status: 400 });
    for (const proof of [{ code: codeOf(eve.secret) }, { recoveryCode }])
      expect(await server.post('/api/login/mfa', { mfaToken, ...proof })).toMatchObject({ status: 401 });
  });

  it('replaces all recovery codes at once', async () => {
    const ada = await signUpEnrolled();
    const { body } = await server.as(ada, 'POST', '/api/me/recovery-codes');
    expect(body.recoveryCodes).toHaveLength(10);
    const use = async (recoveryCode: string | undefined) =>
      (await signInWithFactor(server, ada, { proof: { recoveryCode } })).status;
    expect(await use(ada.recoveryCodes[0])).toBe(401);
    expect(await use(body.recoveryCodes[0])).toBe(200);
    await server.mailbox.waitFor(ada.email, 'Your recovery codes were replaced');
  });

  it('has to begin again after five minutes, a change of password or of the token', async () => {
    const ada = await signUpEnrolled();
    const mfaToken = await challenge(ada);
    const finish = (token: string) =>
      server.post('/api/login/mfa', { mfaToken: token, code: codeOf(ada.secret) });
    const [id, expiresAt = '', amr, signature] = mfaToken.split('.');
    const changed = [
      `${id}.${Number(expiresAt) + 60}.${amr}.${signature}`,
      `${id}.${expiresAt}.mfa.${signature}`,
      `${(await signUpEnrolled()).user.id}.${expiresAt}.${amr}.${signature}`,
      'nonsense',
      ada.token,
    ];
    for (const token of changed)
      expect(await finish(token)).toMatchObject({ status: 410, body: { code: 'TOKEN_EXPIRED' } });
    const change = { currentPassword: PASSWORD, newPassword: 'another-horse-battery' };
    expect((await server.as(ada, 'POST', '/api/me/password', change)).status).toBe(204);
    expect((await finish(mfaToken)).body.code).toBe('TOKEN_EXPIRED');
  });

  it('is not spared by a reset of the password, which ends trust too', async () => {
    const ada = await signUpEnrolled();
    const trusting = { proof: { code: codeOf(ada.secret), trustDevice: true }, cookie: deviceOf(ada) };
    expect((await signInWithFactor(server, ada, trusting)).status).toBe(200);
    await server.post('/api/forgot-password', { email: ada.email });
    const token = await server.readMailedToken(ada.email, 'Reset');
    const password = 'another-horse-battery';
    expect((await server.post('/api/reset-password', { token, password })).status).toBe(204);
    const again = await server.login(ada.username, password, { cookie: deviceOf(ada) });
    expect(again).toMatchObject({ status: 401, body: { code: 'MFA_REQUIRED' } });
    await forgetSteps(server, ada);
    const proof = { code: codeOf(ada.secret) };
    expect((await signInWithFactor(server, ada, { proof, password })).status).toBe(200);
  });
});

describe('a trusted device', () => {
  const trust = async (person: Enrolled) => {
    const signedIn = await signInWithFactor(server, person, {
      proof: { code: codeOf(person.secret), trustDevice: true },
      cookie: deviceOf(person),
    });
    return { token: signedIn.body.accessToken as string };
  };

  it('needs no code for 30 days, for one user', async () => {
    const [ada, eve] = [await signUpEnrolled(), await signUpEnrolled()];
    await trust(ada);
    const cookie = deviceOf(ada);
    const again = await server.login(ada.username, PASSWORD, { cookie });
    expect(again.status).toBe(200);
    expect((await server.login(ada.username)).status).toBe(401);
    expect((await server.login(eve.username, PASSWORD, { cookie })).status).toBe(401);
    expect((await server.login(ada.username, 'not-the-password', { cookie })).body.code).toBe(
      'INVALID_CREDENTIALS',
    );
    await sql`update trusted_devices set expires_at = now() where user_id = ${ada.user.id}`.execute(
      server.app.db,
    );
    expect((await server.login(ada.username, PASSWORD, { cookie })).status).toBe(401);
  });

  it('is listed, ended by its owner, and forgotten with the app', async () => {
    const [ada, eve] = [await signUpEnrolled(), await signUpEnrolled()];
    await trust(ada);
    const list = async () =>
      (await server.as(ada, 'GET', '/api/me/trusted-devices', undefined, { cookie: deviceOf(ada) })).body
        .items;
    const [device] = await list();
    expect(device).toMatchObject({ current: true, device: null, expiresAt: expect.any(String) });
    const path = `/api/me/trusted-devices/${device.id}`;
    expect((await server.as(eve, 'DELETE', path)).status).toBe(404);
    expect((await server.as(ada, 'DELETE', path)).status).toBe(204);
    expect(await list()).toEqual([]);
    expect((await server.login(ada.username, PASSWORD, { cookie: deviceOf(ada) })).status).toBe(401);
    await forgetSteps(server, ada);
    await trust(ada);
    await forgetSteps(server, ada);
    await server.as(ada, 'DELETE', '/api/me/totp', { code: codeOf(ada.secret) });
    expect(await list()).toEqual([]);
  });
});

it('secrets and recovery codes are nowhere in the database, and nothing stays of a deleted account', async () => {
  const ada = await signUpEnrolled();
  await signInWithFactor(server, ada, { proof: { code: codeOf(ada.secret), trustDevice: true } });
  const exported = await server.as(ada, 'GET', '/api/me/export');
  expect(exported.body).toMatchObject({
    user: { mfa: { totp: true } },
    trustedDevices: [{ current: false }],
  });
  const plain = [
    ada.secret,
    ...ada.recoveryCodes,
    ...ada.recoveryCodes.map((code) => code.replaceAll('-', '')),
  ];
  for (const { text } of await dumpTables(server.app.db))
    for (const secret of plain) expect(text).not.toContain(secret);
  expect((await server.as(ada, 'DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
  for (const table of ['totp_factors', 'recovery_codes', 'trusted_devices'] as const) {
    const rows = await server.app.db
      .selectFrom(table)
      .select('user_id')
      .where('user_id', '=', ada.user.id)
      .execute();
    expect(rows).toEqual([]);
  }
});

it('administrators need a second factor if ADMIN_REQUIRE_MFA is on, and can enrol without one', async () => {
  const strict = await startTestServer({ env: { ADMIN_REQUIRE_MFA: 'true' } });
  const admin = await strict.signUp();
  await setRole(strict, admin, 'admin');
  const lookUp = () => strict.as(admin, 'GET', `/api/admin/users?q=${admin.username}`);
  const refused = await lookUp();
  expect(refused).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  expect(refused.body.detail).toContain('second factor');
  expect((await strict.as(admin, 'GET', '/api/me')).status).toBe(200);
  await enrol(strict, admin);
  expect((await lookUp()).status).toBe(200);
  await strict.close();
});

it('everybody needs a second factor if USER_REQUIRE_MFA is on: without one a session can only set one up', async () => {
  const strict = await startInstance(server.databaseUrl, { USER_REQUIRE_MFA: 'true' });
  const ada = await signUpVerified(strict);
  const guarded = endpoints.filter(({ access }) => access !== 'public');
  const answers = await crowd(guarded.length, 8, async (index) => {
    const { name = '', rest, procedure } = guarded[index] ?? {};
    if (!rest) throw new RangeError('There is no such endpoint');
    const body = procedure?._def.type === 'query' ? {} : { body: { id: NO_ID } };
    const answer = await strict.call(rest.method, fillPath({ rest }), { token: ada.token, ...body });
    return [name, `${answer.status} ${answer.body?.code}`] as const;
  });
  const open = answers.filter(([, code]) => code !== '403 MFA_SETUP_REQUIRED').map(([name]) => name);
  expect(open.toSorted()).toEqual([
    'account.me',
    'account.reauthenticate',
    'auth.resendVerification',
    'passkeys.list',
    'passkeys.register',
    'passkeys.registrationOptions',
    'secondFactor.confirmTotp',
    'secondFactor.setUpTotp',
    'sessions.end',
    'sessions.endOthers',
    'sessions.list',
  ]);
  // The dashboard of queues is no procedure.
  await setRole(strict, ada, 'admin');
  const openQueues = async () => (await strict.as(ada, 'GET', '/admin/queues')).status;
  expect(await openQueues()).toBe(403);
  const stolen = { token: (await strict.login(ada.username)).body.accessToken as string };
  expect((await strict.as(stolen, 'POST', '/api/me/totp')).body.code).toBe('REAUTHENTICATION_REQUIRED');
  const enrolled = await enrol(strict, ada);
  expect((await strict.as(enrolled, 'GET', '/api/pages')).status).toBe(200);
  expect(await openQueues()).toBe(200);
  const again = await signInWithFactor(strict, enrolled, { proof: { code: codeOf(enrolled.secret) } });
  expect((await strict.call('GET', '/api/pages', { token: again.body.accessToken })).status).toBe(200);
  await strict.close();
});
