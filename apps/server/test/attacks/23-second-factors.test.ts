import { expect, it } from 'vitest';
import {
  BEHIND_PROXY,
  type Client,
  clientFrom,
  codeOf,
  createAuthenticator,
  deviceOf,
  enrol,
  type Enrolled,
  forgetSteps,
  newPerson,
  PASSWORD,
  range,
  setRole,
  type SignedUp,
  signInWithFactor,
  signUpVerified,
  startInstance,
  tally,
  times,
  useTestServer,
  wrongLogin,
} from '../kit/index.ts';

const server = useTestServer({ worker: true, env: { RATE_LIMIT_LOGIN: '6/15m', ...BEHIND_PROXY } });

const signUpEnrolled = async (): Promise<Enrolled> => enrol(server, await signUpVerified(server));
let strangers = 0;
const fromStranger = () => clientFrom(`9.8.${Math.floor(strangers / 250)}.${(strangers += 1) % 250}`);
const challenge = async ({ username }: Enrolled, headers = fromStranger()): Promise<string> =>
  (await server.login(username, PASSWORD, { headers })).body.mfaToken;
const finish = (mfaToken: string, proof: object, headers = fromStranger(), cookie?: string) =>
  server.post('/api/login/mfa', { mfaToken, ...proof }, { headers, ...(cookie !== undefined && { cookie }) });
const countSessions = async ({ user }: Enrolled) =>
  (
    await server.app.db
      .selectFrom('sessions')
      .select('id')
      .where('user_id', '=', user.id)
      .where('ended_at', 'is', null)
      .execute()
  ).length;

it('A13.23 GHSA-xg6x-h9c9-2m83: before the code there is no session, no cookie and no token that works anywhere', async () => {
  const ada = await signUpEnrolled();
  const before = await countSessions(ada);
  const { body, cookies } = await server.login(ada.username, PASSWORD, { headers: fromStranger() });
  expect([body.code, cookies, await countSessions(ada)]).toEqual(['MFA_REQUIRED', {}, before]);
  for (const headers of [
    { authorization: `Bearer ${body.mfaToken}` },
    { cookie: `access_token=${body.mfaToken}; refresh_token=${body.mfaToken}` },
  ]) {
    expect((await server.call('GET', '/api/me', { headers })).status).toBe(401);
    expect((await server.call('POST', '/api/refresh', { headers })).status).toBe(401);
  }
});

it('A13.23 CVE-2026-114607: no token of another purpose finishes a sign-in, and this one does nothing else', async () => {
  const ada = await signUpEnrolled();
  const mfaToken = await challenge(ada);
  await server.post('/api/forgot-password', { email: ada.email }, { headers: fromStranger() });
  const reset = await server.readMailedToken(ada.email, 'Reset');
  for (const token of [reset, ada.token])
    expect((await finish(token, { code: codeOf(ada.secret) })).body.code).toBe('TOKEN_EXPIRED');
  const password = 'another-horse-battery';
  for (const [path, body] of [
    ['/api/reset-password', { token: mfaToken, password }],
    ['/api/verify-email', { token: mfaToken }],
    ['/api/undo-email-change', { token: mfaToken }],
  ] as const)
    expect((await server.post(path, body)).body.code).toBe('TOKEN_EXPIRED');
});

const signInByMail = async (client: Client, { email }: { email: string }) => {
  await client.post('/api/login-link', { email }, { headers: fromStranger() });
  const { text } = await server.mailbox.waitFor(email, 'Sign in to your account');
  const [, code] = /Your code is (\d{6})/.exec(text) ?? [];
  return client.post('/api/login-link/verify', { email, code }, { headers: fromStranger() });
};

it('A13.35 where a second factor is required, a stolen password adds none and changes no address; a mailed code, two factors or the session of the sign-up do', async () => {
  const env = { ADMIN_REQUIRE_MFA: 'true', RATE_LIMIT_FORGOT: '50/1h', ...BEHIND_PROXY };
  const strict = await startInstance(server.databaseUrl, env);
  const [chief, bob] = [await signUpVerified(strict), await signUpVerified(strict)];
  await setRole(server, chief, 'admin');
  const passkey = '/api/passkeys/registration/options';
  const change = { email: newPerson().email, password: PASSWORD };
  const callAll = async (token: string) => [
    await strict.as({ token }, 'POST', passkey),
    await strict.as({ token }, 'POST', '/api/me/totp'),
    await strict.as({ token }, 'POST', '/api/me/email', change),
  ];
  const signIn = async ({ username }: SignedUp): Promise<string> =>
    (await strict.login(username, PASSWORD, { headers: fromStranger() })).body.accessToken;
  for (const answer of await callAll(await signIn(chief)))
    expect(answer).toMatchObject({
      status: 403,
      body: { code: 'REAUTHENTICATION_REQUIRED', methods: ['login_link'] },
    });
  const byMail = (await signInByMail(strict, chief)).body.accessToken;
  for (const token of [byMail, chief.token, await signIn(bob)])
    expect((await callAll(token)).map(({ status }) => status)).toEqual([200, 200, 202]);

  const authenticator = createAuthenticator();
  const made = await strict.as(chief, 'POST', passkey);
  await strict.as(chief, 'POST', '/api/passkeys/registration/verify', authenticator.create(made.body));
  const asked = await strict.post('/api/passkeys/authentication/options');
  const { body } = await strict.post('/api/passkeys/authentication/verify', authenticator.get(asked.body));
  expect((await callAll(body.accessToken)).map(({ status }) => status)).toEqual([200, 200, 202]);
  expect(new Set((await callAll(await signIn(chief))).map(({ status }) => status))).toEqual(new Set([403]));
  await strict.close();
});

it('A13.23 GHSA-hc7v-rggr-4hvx: of 30 sign-ins at once with the same code one succeeds', async () => {
  const ada = await signUpEnrolled();
  const cookie = deviceOf(ada);
  const mfaToken = await challenge(ada);
  const headers = fromStranger();
  const answers = await times(30, () => finish(mfaToken, { code: codeOf(ada.secret) }, headers, cookie));
  expect(tally(answers)['200']).toBe(1);
});

it('A13.23 one counter covers passwords, codes and recovery codes, and the right password does not reset it', async () => {
  const ada = await signUpEnrolled();
  const mfaToken = await challenge(ada);
  const statuses = [
    (await server.post('/api/login', wrongLogin(ada.username), { headers: fromStranger() })).status,
    (await finish(mfaToken, { code: '000000' })).status,
    (await finish(mfaToken, { recoveryCode: 'AAAA-AAAA-AAAA-AAAA' })).status,
    (await server.login(ada.username, PASSWORD, { headers: fromStranger() })).status,
    (await finish(mfaToken, { code: '000001' })).status,
    (await finish(mfaToken, { code: codeOf(ada.secret) })).status,
  ];
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
});

it('A13.23 strangers who know the password do not lock out the owner, and a success resets the counter', async () => {
  const ada = await signUpEnrolled();
  const mfaToken = await challenge(ada);
  for (const _ of range(8)) await finish(mfaToken, { code: '000000' });
  expect((await finish(mfaToken, { code: codeOf(ada.secret) })).status).toBe(429);
  const cookie = deviceOf(ada);
  for (const _ of range(3)) {
    await forgetSteps(server, ada);
    const proof = { code: codeOf(ada.secret) };
    const headers = fromStranger();
    expect((await signInWithFactor(server, ada, { proof, headers, cookie })).status).toBe(200);
  }
});

it('A13.23 guesses in a stolen session are limited like guesses at the password', async () => {
  const ada = await signUpEnrolled();
  const remove = (code: string) => server.as(ada, 'DELETE', '/api/me/totp', { code });
  for (const n of range(5)) expect((await remove(`00000${n}`)).status).toBe(401);
  // The right password beside a wrong code resets nothing.
  const both = { password: PASSWORD, code: '000000' };
  expect((await server.as(ada, 'POST', '/api/me/reauthenticate', both)).status).toBe(401);
  expect((await remove(codeOf(ada.secret))).status).toBe(429);
});

it('A13.23 whoever has the mailbox cannot guess on by resetting the password again and again', async () => {
  const ada = await signUpEnrolled();
  const mfaToken = await challenge(ada);
  for (const n of range(6)) await finish(mfaToken, { code: `00000${n}` });
  await server.post('/api/forgot-password', { email: ada.email }, { headers: fromStranger() });
  const token = await server.readMailedToken(ada.email, 'Reset');
  const password = 'another-horse-battery';
  expect((await server.post('/api/reset-password', { token, password })).status).toBe(204);
  const guess = { proof: { code: '000006' }, password, headers: fromStranger() };
  // The sixth in all: the password of the first sign-in was one of the earlier six.
  expect((await signInWithFactor(server, ada, guess)).status).toBe(401);
  const options = { ...guess, proof: { code: codeOf(ada.secret) } };
  expect((await signInWithFactor(server, ada, options)).status).toBe(429);
  expect((await signInWithFactor(server, ada, { ...options, cookie: deviceOf(ada) })).status).toBe(200);
});

it('A13.23 a stolen session cannot guess the first code of an app that its owner is adding, and get the recovery codes', async () => {
  const ada = await signUpVerified(server);
  const { secret } = (await server.as(ada, 'POST', '/api/me/totp')).body;
  const confirm = (code: string) => server.as(ada, 'POST', '/api/me/totp/confirm', { code });
  const answers = await times(30, () => confirm('000000'));
  expect(tally(answers)).toEqual({ '401 INVALID_CREDENTIALS': 6, '429 RATE_LIMITED': 24 });
  expect((await confirm(codeOf(secret))).status).toBe(429);
});

it('A13.23 a recovery code is mailed and recorded whatever it is used for', async () => {
  const ada = await signUpEnrolled();
  const [code] = ada.recoveryCodes;
  expect((await server.as(ada, 'POST', '/api/me/reauthenticate', { code })).status).toBe(204);
  await server.mailbox.waitFor(ada.email, 'A recovery code was used');
  const { items } = (await server.as(ada, 'GET', '/api/me/security-events')).body;
  expect(items[0].type).toBe('recovery_code_used');
});

it('A13.23 GHSA-8fpg-xm3f-6cx3: a secret that cannot be read lets nobody in', async () => {
  const ada = await signUpEnrolled();
  const secret = Buffer.alloc(60, 1);
  await server.app.db
    .updateTable('totp_factors')
    .set({ secret })
    .where('user_id', '=', ada.user.id)
    .execute();
  const before = await countSessions(ada);
  const answer = await finish(await challenge(ada), { code: codeOf(ada.secret) });
  expect([answer.status, answer.body.code, answer.cookies]).toEqual([500, 'INTERNAL', {}]);
  expect(await countSessions(ada)).toBe(before);
});

it('A13.23 kratos #3386: whoever lost the app gets in with a recovery code and can remove the app', async () => {
  const ada = await signUpEnrolled();
  const [first = '', second = ''] = ada.recoveryCodes;
  const signedIn = await signInWithFactor(server, ada, {
    proof: { recoveryCode: first },
    headers: fromStranger(),
  });
  const again = { token: signedIn.body.accessToken as string };
  expect((await server.as(again, 'DELETE', '/api/me/totp', { code: second })).status).toBe(204);
  expect((await server.login(ada.username, PASSWORD, { headers: fromStranger() })).status).toBe(200);
});
