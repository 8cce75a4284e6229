import { deleteOldOrigins } from '@linkgrove/api/jobs';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import {
  type Answer,
  BEHIND_PROXY,
  BROWSER,
  clientFrom,
  codeOf,
  cookieHeader,
  createAuthenticator,
  deviceOf,
  dumpTables,
  enrol,
  eventually,
  markVerified,
  PASSWORD,
  type SignedUp,
  signInWithFactor,
  tally,
  times,
  useTestServer,
} from '../kit/index.ts';

const SAFARI =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15';
const SUBJECT = 'New device signed in to your account';

const server = useTestServer({
  worker: true,
  env: { ...BEHIND_PROXY, COUNTRY_HEADER: 'CF-IPCountry', RATE_LIMIT_LOGIN: '1000/15m' },
});

type Place = { address?: string; agent?: string; country?: string };
const from = ({ address = '203.0.113.5', agent = BROWSER, country = 'DE' }: Place = {}) => ({
  ...clientFrom(address),
  'user-agent': agent,
  'cf-ipcountry': country,
});
const signIn = async (who: SignedUp, place: Place = {}, cookie?: string): Promise<Answer> => {
  const answer = await server.login(who.username, PASSWORD, {
    headers: from(place),
    ...(cookie !== undefined && { cookie }),
  });
  expect(answer.status).toBe(200);
  return answer;
};
const countEvents = async ({ user }: SignedUp, type: string): Promise<number> =>
  (
    await server.app.db
      .selectFrom('security_events')
      .select('id')
      .where('user_id', '=', user.id)
      .where('type', '=', type)
      .execute()
  ).length;
const countNews = (who: SignedUp) => countEvents(who, 'signed_in_on_new_device');
const listMails = (who: SignedUp) =>
  server.mailbox.received.filter(({ to, subject }) => to === who.email && subject === SUBJECT);
const listLinks = ({ user }: SignedUp) =>
  server.app.db
    .selectFrom('email_tokens')
    .select('id')
    .where('user_id', '=', user.id)
    .where('purpose', '=', 'report_sign_in')
    .execute();
/** As if the last mail were an hour old. */
const passHour = ({ user }: SignedUp) =>
  sql`update email_tokens set created_at = created_at - interval '61 minutes'
    where user_id = ${user.id} and purpose = 'report_sign_in'`.execute(server.app.db);
const signUpAtHome = async (): Promise<SignedUp> => {
  const answer = await server.register({}, { headers: from() });
  const { user, accessToken: token } = answer.body;
  const { email, username } = user;
  const person = { user, token, email, username, cookie: cookieHeader(answer.cookies) };
  await markVerified(server, person);
  return person;
};
const isLive = async (token: string) => (await server.call('GET', '/api/me', { token })).status === 200;
const report = (token: string) => server.post('/api/report-sign-in', { token });
const THIEF = { address: '198.51.100.7', agent: SAFARI, country: 'FR' };
/** A stranger signs in; returns the link of the mail about it. */
async function breakIn(who: SignedUp) {
  const session = await signIn(who, THIEF);
  const token = await server.readMailedToken(who.email, SUBJECT);
  return { session, token, cookie: cookieHeader(session.cookies) };
}

it('A13.33 a sign-in on a new device is mailed with time, place and browser, and recorded', async () => {
  const ada = await signUpAtHome();
  await signIn(ada, THIEF);
  const { text } = await server.mailbox.waitFor(ada.email, SUBJECT);
  expect(text).toMatch(/Time: \d+ \w+ \d{4} at \d\d:\d\d UTC/);
  expect(text).toContain('Place: France');
  expect(text).toContain('Browser: Safari on macOS');
  expect(text).toContain('http://localhost:3000/report-sign-in?token=');
  const events = (await server.as(ada, 'GET', '/api/me/security-events')).body.items;
  expect(events.map(({ type }: { type: string }) => type).slice(0, 2)).toEqual([
    'signed_in',
    'signed_in_on_new_device',
  ]);
});

it('A13.33 the first sign-in, the known browser elsewhere and its kind in a known network are no new device', async () => {
  const ada = await signUpAtHome();
  await signIn(ada, { agent: BROWSER.replaceAll('140', '155'), address: '203.0.113.200' });
  await signIn(ada, { address: '192.0.2.1' }, deviceOf(ada));
  await signIn(ada, { address: '192.0.2.99' });
  expect(await countNews(ada)).toBe(0);
  await signIn(ada, { agent: SAFARI });
  await signIn(ada, { address: '198.51.100.1' });
  expect(await countNews(ada)).toBe(2);
  await signIn(ada, { agent: SAFARI, address: '2001:db8:1:2::3' });
  await signIn(ada, { agent: SAFARI, address: '2001:db8:1:ffff::1' });
  expect(await countNews(ada)).toBe(3);
});

it('A13.33 an hour has one mail at most, whose words a stranger cannot choose, and an unknown place is called unknown', async () => {
  const ada = await signUpAtHome();
  await breakIn(ada);
  await signIn(ada, { agent: 'Other/1.0', address: '198.51.100.8' });
  expect([await countNews(ada), (await listLinks(ada)).length]).toEqual([2, 1]);
  await passHour(ada);
  await signIn(ada, { agent: 'win-now.com/1.0 (call 0800)', address: '192.0.2.8', country: 'XX' });
  await eventually(() => listMails(ada).length === 2);
  const { text } = listMails(ada)[1] ?? { text: '' };
  expect(text).toContain('Place: unknown\n\nBrowser: unknown');
  expect(text).not.toMatch(/win-now|0800/);
});

it('A13.33 of 30 sign-ins at once from 30 new devices one is mailed, and all are recorded', async () => {
  const ada = await signUpAtHome();
  await times(30, (n) => signIn(ada, { agent: `Program${n}/1.0`, address: `198.51.${n}.1` }));
  await server.mailbox.waitFor(ada.email, SUBJECT);
  expect([await countNews(ada), (await listLinks(ada)).length]).toEqual([30, 1]);
  expect(listMails(ada)).toHaveLength(1);
});

it('A13.33 every way in tells of a new device: a code of the app, a mailed code and a passkey', async () => {
  const ada = await enrol(server, await signUpAtHome());
  await signInWithFactor(server, ada, { proof: { code: codeOf(ada.secret) }, headers: from(THIEF) });
  expect(await countNews(ada)).toBe(1);
  const bob = await signUpAtHome();
  await server.post('/api/login-link', { email: bob.email });
  const { text } = await server.mailbox.waitFor(bob.email, 'Sign in to your account');
  const [, code] = /Your code is (\d{6})/.exec(text) ?? [];
  await server.post('/api/login-link/verify', { email: bob.email, code }, { headers: from(THIEF) });
  expect(await countNews(bob)).toBe(1);
  const eve = await signUpAtHome();
  const authenticator = createAuthenticator();
  const made = await server.as(eve, 'POST', '/api/passkeys/registration/options');
  await server.as(eve, 'POST', '/api/passkeys/registration/verify', authenticator.create(made.body));
  const asked = await server.post('/api/passkeys/authentication/options');
  const answer = authenticator.get(asked.body);
  await server.post('/api/passkeys/authentication/verify', answer, { headers: from(THIEF) });
  expect(await countNews(eve)).toBe(1);
});

it('A13.33 an address that is not proven gets no mail, and an operator can turn the mail off', async () => {
  const squatter = await server.signUp();
  await signIn(squatter, THIEF);
  const quiet = await signUpAtHome();
  server.app.config.sendsNewDeviceMail = false;
  await signIn(quiet, THIEF);
  server.app.config.sendsNewDeviceMail = true;
  for (const who of [squatter, quiet]) expect([await countNews(who), await listLinks(who)]).toEqual([1, []]);
});

it('A13.33 "It wasn\'t me" ends that session, its trust and the password that was used, after a click, once', async () => {
  const ada = await enrol(server, await signUpAtHome());
  const proof = { code: codeOf(ada.secret), trustDevice: true };
  const stolen = await signInWithFactor(server, ada, { proof, headers: from(THIEF) });
  const token = await server.readMailedToken(ada.email, SUBJECT);
  const thief = cookieHeader(stolen.cookies);
  await server.as({ token: stolen.body.accessToken }, 'POST', '/api/me/email', {
    email: 'thief@example.com',
    password: PASSWORD,
  });

  const page = await server.get(`/report-sign-in?token=${token}`);
  expect(page.body).toContain('action="/api/report-sign-in"');
  expect(await isLive(stolen.body.accessToken)).toBe(true);

  expect(tally(await times(30, () => report(token)))).toEqual({ '204': 1, '410 TOKEN_EXPIRED': 29 });
  expect([await isLive(stolen.body.accessToken), await isLive(ada.token)]).toEqual([false, true]);
  expect((await server.call('POST', '/api/refresh', { cookie: thief })).status).toBe(401);
  expect((await server.as(ada, 'GET', '/api/me/trusted-devices')).body.items).toEqual([]);
  expect((await server.login(ada.username)).body.code).toBe('INVALID_CREDENTIALS');
  const change = await server.readMailedToken('thief@example.com', 'Verify');
  expect((await server.post('/api/verify-email', { token: change })).status).toBe(410);
  expect(await countEvents(ada, 'sign_in_reported')).toBe(1);

  const reset = await server.readMailedToken(ada.email, 'Reset');
  const password = 'another-horse-battery';
  expect((await server.post('/api/reset-password', { token: reset, password })).status).toBe(204);
  const again = { proof: { code: codeOf(ada.secret, 1) }, password, headers: from(THIEF), cookie: thief };
  expect((await signInWithFactor(server, ada, again)).status).toBe(200);
  expect(await countNews(ada)).toBe(2);
});

it('A13.33 each mail has a link for its own session', async () => {
  const ada = await signUpAtHome();
  const first = await breakIn(ada);
  await passHour(ada);
  const second = await signIn(ada, { ...THIEF, agent: 'Other/1.0' });
  await eventually(() => listMails(ada).length === 2);
  expect((await report(await server.readMailedToken(ada.email, SUBJECT))).status).toBe(204);
  expect([await isLive(first.session.body.accessToken), await isLive(second.body.accessToken)]).toEqual([
    true,
    false,
  ]);
  expect((await report(first.token)).status).toBe(204);
  expect(await isLive(first.session.body.accessToken)).toBe(false);
});

async function addPasskey(who: SignedUp) {
  const authenticator = createAuthenticator();
  const { body } = await server.as(who, 'POST', '/api/passkeys/registration/options');
  await server.as(who, 'POST', '/api/passkeys/registration/verify', authenticator.create(body));
  return async (place: Place = {}): Promise<Answer> => {
    const asked = await server.post('/api/passkeys/authentication/options');
    const answer = authenticator.get(asked.body);
    return server.post('/api/passkeys/authentication/verify', answer, { headers: from(place) });
  };
}

it('A13.33 "It wasn\'t me" leaves a thief no other session, passkey, app or key, even if they changed the password first', async () => {
  const ada = await signUpAtHome();
  const useOwnPasskey = await addPasskey(ada);
  const { session, token } = await breakIn(ada);
  const thief = { ...ada, token: session.body.accessToken };
  const usePasskey = await addPasskey(thief);
  const { key } = (await server.as(thief, 'POST', '/api/keys', { name: 'x', scopes: ['pages:read'] })).body;
  await enrol(server, thief);
  const second = await usePasskey({ agent: 'Other/1.0', address: '198.51.100.9' });
  const change = { currentPassword: PASSWORD, newPassword: 'thief-battery-staple' };
  const changer = { token: second.body.accessToken };
  expect((await server.as(changer, 'POST', '/api/me/password', change)).status).toBe(204);

  expect((await report(token)).status).toBe(204);
  expect([await isLive(thief.token), await isLive(changer.token)]).toEqual([false, false]);
  expect([(await usePasskey()).status, (await useOwnPasskey()).status]).toEqual([401, 200]);
  expect((await server.call('GET', '/api/pages', { token: key })).status).toBe(401);
  expect((await server.login(ada.username, change.newPassword)).body.code).toBe('INVALID_CREDENTIALS');
  const password = 'another-horse-battery';
  const reset = await server.readMailedToken(ada.email, 'Reset');
  expect((await server.post('/api/reset-password', { token: reset, password })).status).toBe(204);
  expect((await server.login(ada.username, password)).body.user.mfa).toMatchObject({
    totp: false,
    passkeys: 1,
  });
});

it('A13.33 "It wasn\'t me" ends a password that the thief set, however they signed in', async () => {
  const ada = await signUpAtHome();
  await sql`update users set password_hash = null where id = ${ada.user.id}`.execute(server.app.db);
  await server.post('/api/login-link', { email: ada.email });
  const { text } = await server.mailbox.waitFor(ada.email, 'Sign in to your account');
  const [, code] = /Your code is (\d{6})/.exec(text) ?? [];
  const proof = { email: ada.email, code };
  const stolen = await server.post('/api/login-link/verify', proof, { headers: from(THIEF) });
  const thief = { token: stolen.body.accessToken };
  const newPassword = 'thief-battery-staple';
  expect((await server.as(thief, 'POST', '/api/me/password', { newPassword })).status).toBe(204);
  expect((await report(await server.readMailedToken(ada.email, SUBJECT))).status).toBe(204);
  expect((await server.login(ada.username, newPassword)).body.code).toBe('INVALID_CREDENTIALS');
});

it('A13.33 the link is of no use after the password or the address was changed, nor for anything else', async () => {
  const ada = await signUpAtHome();
  const { token } = await breakIn(ada);
  for (const path of ['/api/verify-email', '/api/undo-email-change', '/api/login-link/verify'])
    expect((await server.post(path, { token })).status).toBe(410);
  const password = 'another-horse-battery';
  expect((await server.post('/api/reset-password', { token, password })).status).toBe(410);
  const change = { currentPassword: PASSWORD, newPassword: password };
  expect((await server.as(ada, 'POST', '/api/me/password', change)).status).toBe(204);
  expect((await report(token)).body.code).toBe('TOKEN_EXPIRED');
  expect([await isLive(ada.token), (await server.login(ada.username, password)).status]).toEqual([true, 200]);

  const bob = await signUpAtHome();
  const stolen = await breakIn(bob);
  await server.as(bob, 'POST', '/api/me/email', { email: 'bob-new@example.com', password: PASSWORD });
  const verify = await server.readMailedToken('bob-new@example.com', 'Verify');
  expect((await server.post('/api/verify-email', { token: verify })).status).toBe(200);
  expect((await report(stolen.token)).status).toBe(410);
});

it('A13.33 what is known is bounded and readable in the export, holds no address, expires, and goes with the account', async () => {
  const ada = await signUpAtHome();
  await sql`insert into sign_in_origins (user_id, browser_hash, network_hash, last_seen_at)
    select ${ada.user.id}, sha256(n::text::bytea), sha256('x'), now() - make_interval(days => n)
    from generate_series(1, 60) n`.execute(server.app.db);
  await signIn(ada, { address: '100.99.7.1' }, deviceOf(ada));
  const { signInOrigins } = (await server.as(ada, 'GET', '/api/me/export')).body;
  expect(signInOrigins).toHaveLength(50);
  expect(signInOrigins[0]).toEqual({
    browser: 'Firefox on Linux',
    firstSeenAt: expect.any(String),
    lastSeenAt: expect.any(String),
  });
  const dump = (await dumpTables(server.app.db)).find(({ name }) => name === 'sign_in_origins');
  expect(dump?.text).not.toMatch(/100\.99|6331/);
  const count = async () =>
    (
      await server.app.db
        .selectFrom('sign_in_origins')
        .select('user_id')
        .where('user_id', '=', ada.user.id)
        .execute()
    ).length;
  await sql`update sign_in_origins set last_seen_at = last_seen_at - interval '366 days'
    where user_id = ${ada.user.id}`.execute(server.app.db);
  await deleteOldOrigins(server.app);
  expect(await count()).toBe(1);
  expect((await server.as(ada, 'DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
  expect(await count()).toBe(0);
});
