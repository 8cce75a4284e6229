import { tokenIn } from '@linkgrove/api/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Browser,
  createTeam,
  newPerson,
  openBrowser,
  PASSWORD,
  signUpVerified,
  startTestServer,
  type TestServer,
} from '../kit/index.ts';
import { type IdentityProvider, startIdentityProvider } from '../kit/identity-provider.ts';

// Each advisory is of another product, which had the fault; its number is in the name of the test.

const PUBLIC_URL = 'http://localhost:3000';
const callbackOf = (id: string) => `${PUBLIC_URL}/api/auth/${id}/callback`;

let honest: IdentityProvider;
let hostile: IdentityProvider;
let server: TestServer;
beforeAll(async () => {
  honest = await startIdentityProvider([callbackOf('honest')]);
  hostile = await startIdentityProvider([callbackOf('hostile')]);
  const providers = [honest.settings('honest'), hostile.settings('hostile')];
  const env = { APP_URL: 'https://app.example.com', OIDC_PROVIDERS: JSON.stringify(providers) };
  server = await startTestServer({ worker: true, env });
});
afterAll(async () => {
  honest.close();
  hostile.close();
  await server.close();
});

const newBrowser = () => openBrowser({ publicUrl: PUBLIC_URL, url: server.url });
let subjects = 0;
/** Signs in at both providers from now on. */
function arrive(more: object = {}) {
  const { email, username } = newPerson();
  const sub = `stranger-${(subjects += 1)}`;
  const person = { sub, email, email_verified: true, preferred_username: username, ...more };
  honest.person = person;
  hostile.person = person;
  Object.assign(hostile, { forged: {}, isForeignKey: false });
  return person;
}
const start = (browser: Browser, id = 'honest') => browser.open(`${server.url}/api/auth/${id}`);
const isSignedIn = async (browser: Browser) => (await browser.call('GET', '/api/me')).status === 200;
const whoIs = async (browser: Browser) => (await browser.call('GET', '/api/me')).body;

/** Begins a sign-in and goes through the provider, up to the callback, which is not opened. */
async function walkToCallback(browser: Browser, first: string): Promise<URL> {
  let url = first;
  for (let count = 0; count < 8 && !url.includes('/callback?'); count += 1)
    url = (await browser.step(url)).location;
  return new URL(url);
}
const begin = (browser: Browser, id = 'honest') => walkToCallback(browser, `${server.url}/api/auth/${id}`);
const errorOf = async (browser: Browser, url: URL) =>
  (await browser.open(url.href)).searchParams.get('error');
const countIdentities = async () =>
  (await server.app.db.selectFrom('user_identities').select('id').execute()).length;

describe('A13.22 a hostile provider', () => {
  it.each([
    ['the issuer of another provider', () => ({ iss: honest.issuer })],
    ['another audience', () => ({ aud: 'another-client' })],
    ['two audiences and another party', () => ({ aud: ['linkgrove', 'other'], azp: 'other' })],
    ['another nonce', () => ({ nonce: 'a-nonce-of-somebody-else' })],
    ['no nonce', () => ({ nonce: undefined })],
    ['an expired token', () => ({ exp: Math.floor(Date.now() / 1_000) - 600 })],
    ['no subject', () => ({ sub: undefined })],
    ['a subject that is no text', () => ({ sub: { toString: 'x' } })],
  ])('A13.22 signs nobody in with %s', async (_name, forge) => {
    arrive();
    hostile.forged = forge();
    const before = await countIdentities();
    const browser = newBrowser();
    expect((await start(browser, 'hostile')).searchParams.get('error')).toBe('INVALID_CREDENTIALS');
    expect([await isSignedIn(browser), await countIdentities()]).toEqual([false, before]);
  });

  it('A13.22 signs nobody in with a token that a stranger signed', async () => {
    arrive();
    hostile.isForeignKey = true;
    const browser = newBrowser();
    expect((await start(browser, 'hostile')).searchParams.get('error')).toBe('INVALID_CREDENTIALS');
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('A13.22 cannot name a user of another provider, whose subjects are its own', async () => {
    const person = arrive();
    const victim = newBrowser();
    await start(victim);
    const { id } = await whoIs(victim);
    hostile.person = { ...person, email: newPerson().email, preferred_username: newPerson().username };
    const browser = newBrowser();
    await start(browser, 'hostile');
    expect((await whoIs(browser)).id).not.toBe(id);
  });

  it('A13.22 gets no code of another provider (mix-up, GHSA-x445-f3h2-j279: checks not bound to the provider)', async () => {
    arrive();
    const browser = newBrowser();
    const callback = await begin(browser);
    const mixed = new URL(callback.href.replace('/honest/', '/hostile/'));
    expect(await errorOf(browser, mixed)).toBe('TOKEN_EXPIRED');
    callback.searchParams.set('iss', hostile.issuer);
    expect(await errorOf(browser, callback)).toBe('INVALID_CREDENTIALS');
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('A13.22 cannot be chosen by the caller (GHSA-9wqv-qrhh-87f4)', async () => {
    const query = `issuer=${encodeURIComponent(hostile.issuer)}`;
    expect((await server.get(`/api/auth/honest?${query}`)).status).toBe(400);
    for (const id of ['unknown', encodeURIComponent(hostile.issuer), '__proto__', 'constructor'])
      expect((await server.get(`/api/auth/${id}`)).status).toBe(404);
  });
});

describe('A13.22 the state of a sign-in', () => {
  it('A13.22 works in the browser that began it only (better-auth #8897: not compared with the cookie)', async () => {
    arrive();
    const [victim, thief] = [newBrowser(), newBrowser()];
    const callback = await begin(victim);
    expect(await errorOf(thief, callback)).toBe('TOKEN_EXPIRED');
    await begin(thief);
    expect(await errorOf(thief, callback)).toBe('TOKEN_EXPIRED');
    expect(await isSignedIn(thief)).toBe(false);
    // Nobody can end a sign-in by sending the browser to a callback of theirs.
    const forged = new URL(callback);
    forged.searchParams.set('state', 'x'.repeat(43));
    expect(await errorOf(victim, forged)).toBe('TOKEN_EXPIRED');
    expect(await errorOf(victim, callback)).toBeNull();
    expect(await isSignedIn(victim)).toBe(true);
  });

  it('A13.22 works once, also for thirty requests at once (open-mercato #3836)', async () => {
    arrive();
    const browser = newBrowser();
    const callback = await begin(browser);
    const cookie = `sign_in=${browser.jar(server.url).get('sign_in')}`;
    const url = callback.href.replace(PUBLIC_URL, server.url);
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => fetch(url, { redirect: 'manual', headers: { cookie } })),
    );
    const errors = answers.map(({ headers }) =>
      new URL(headers.get('location') ?? '').searchParams.get('error'),
    );
    expect(errors.filter((code) => code === null)).toHaveLength(1);
    expect(errors.filter((code) => code === 'TOKEN_EXPIRED')).toHaveLength(29);
  });

  it('A13.22 cannot be changed, and is nothing else (GHSA-965c-763c-88jm: a state redeemed as a mailed link)', async () => {
    arrive();
    const browser = newBrowser();
    const callback = await begin(browser);
    const state = callback.searchParams.get('state');
    for (const path of ['/api/verify-email', '/api/verify-email/decline', '/api/undo-email-change'])
      expect((await server.post(path, { token: state })).status).toBe(410);
    const reset = { token: state, password: 'another-horse-battery' };
    expect((await server.post('/api/reset-password', reset)).status).toBe(410);
    // The step that asks for a username has a cookie of the same name, but of another purpose.
    const { username } = newPerson();
    expect((await browser.call('POST', '/api/auth/sign-up', { username })).body.code).toBe('TOKEN_EXPIRED');
    const jar = browser.jar(server.url);
    const sealed = Buffer.from(jar.get('sign_in') ?? '', 'base64url');
    sealed.writeUInt8(sealed.readUInt8(40) ^ 1, 40);
    jar.set('sign_in', sealed.toString('base64url'));
    expect(await errorOf(browser, callback)).toBe('TOKEN_EXPIRED');
  });
});

describe('A13.22 an address that a provider names', () => {
  it('A13.22 takes nothing over from a squatter, who loses the account (CVE-2026-53516, pre-hijacking)', async () => {
    const squatter = await server.signUp();
    const invited = await server.signUp({ referralCode: squatter.user.referralCode });
    const person = arrive({ email: squatter.email });
    const browser = newBrowser();
    expect((await start(browser)).search).toBe('');
    const user = await whoIs(browser);
    expect(user).toMatchObject({
      email: squatter.email,
      username: person.preferred_username,
      emailVerified: true,
    });
    expect(user.id).not.toBe(squatter.user.id);
    expect((await server.as(squatter, 'GET', '/api/me')).status).toBe(401);
    expect((await server.call('POST', '/api/refresh', { cookie: squatter.cookie })).status).toBe(401);
    for (const name of [squatter.email, squatter.username])
      expect((await server.login(name)).status).toBe(401);
    expect((await browser.call('GET', '/api/referrals')).body.items).toEqual([]);
    const { items } = (await browser.call('GET', '/api/pages')).body;
    expect(items.map(({ handle }: { handle: string }) => handle)).toEqual([user.username]);
    expect((await server.as(invited, 'GET', '/api/me')).body.referredBy).toBeNull();
  });

  it('A13.22 opens no account while it is unverified (CVE-2026-55216, CVE-2026-44166)', async () => {
    const [proven, unproven] = [await signUpVerified(server), await server.signUp()];
    for (const victim of [proven, unproven])
      for (const email_verified of [false, undefined, 'false', 0, null, 'yes', {}]) {
        arrive({ email: victim.email, email_verified });
        const browser = newBrowser();
        expect((await start(browser)).searchParams.get('error')).toBe('EMAIL_TAKEN');
        expect(await isSignedIn(browser)).toBe(false);
      }
    expect((await server.login(unproven.username)).status).toBe(200);
  });

  it('A13.22 accepts no invitation while it is unverified (GHSA-fmh4-wcc4-5jm3, CVE-2026-73302, CVE-2026-100684)', async () => {
    const owner = await signUpVerified(server);
    const team = await createTeam(server, { owner });
    const { email } = newPerson();
    const invited = await server.as(owner, 'POST', `/api/workspaces/${team}/invitations`, {
      email,
      role: 'editor',
    });
    expect(invited.status).toBe(201);
    const token = tokenIn(await server.mailbox.waitFor(email, 'invited'));
    arrive({ email, email_verified: false });
    const browser = newBrowser();
    await start(browser);
    expect(await whoIs(browser)).toMatchObject({ email, emailVerified: false });
    expect((await browser.call('POST', '/api/invitations/accept', { token })).body.code).toBe(
      'EMAIL_NOT_VERIFIED',
    );
  });

  it('A13.22 leaves no way in behind for whoever came with it unverified', async () => {
    const person = arrive({ email_verified: false });
    const thief = newBrowser();
    await start(thief);
    await server.post('/api/forgot-password', { email: person.email });
    const token = await server.readMailedToken(person.email, 'Reset');
    expect(
      (await server.post('/api/reset-password', { token, password: 'another-horse-battery' })).status,
    ).toBe(204);
    expect(await isSignedIn(thief)).toBe(false);
    const again = newBrowser();
    expect((await start(again)).searchParams.get('error')).toBe('EMAIL_TAKEN');
  });

  it.each([
    'ada@example.com,eve@evil.example',
    'ada@example.com\r\nBcc: eve@evil.example',
    'ada＠example.com',
    'ada@exam\u0000ple.com',
    'not an address',
    `${'a'.repeat(250)}@example.com`,
  ])('A13.22 is no address if it is %j (GHSA-7rqj-j65f-68wh: normalised after the check)', async (email) => {
    arrive({ email });
    const browser = newBrowser();
    expect((await start(browser)).searchParams.get('error')).toBe('EMAIL_NOT_VERIFIED');
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('A13.22 comes from the provider, never from the request (CVE-2026-120263)', async () => {
    const victim = await signUpVerified(server);
    const person = arrive({ preferred_username: victim.username });
    const browser = newBrowser();
    expect((await start(browser)).searchParams.get('error')).toBe('USERNAME_TAKEN');
    const { username } = newPerson();
    for (const member of ['email', 'userId', 'subject', 'provider'])
      expect(
        (await browser.call('POST', '/api/auth/sign-up', { username, [member]: victim.email })).status,
      ).toBe(400);
    const made = await browser.call('POST', '/api/auth/sign-up', { username });
    expect(made.body.user.email).toBe(person.email);
    expect((await browser.call('POST', '/api/me/identities/honest', { userId: victim.user.id })).status).toBe(
      400,
    );
  });
});

describe('A13.22 linking', () => {
  const signIn = async (browser: Browser, who: { username: string }) => {
    const answer = await browser.call('POST', '/api/login', { identifier: who.username, password: PASSWORD });
    expect(answer.status).toBe(200);
  };
  const beginLink = async (browser: Browser) => {
    const { body } = await browser.call('POST', '/api/me/identities/honest', {});
    return walkToCallback(browser, body.url);
  };
  const listOf = async (browser: Browser) => (await browser.call('GET', '/api/me/identities')).body.items;

  it('A13.22 works for the session that asked only (devtrack #341)', async () => {
    const [ada, eve] = [await signUpVerified(server), await signUpVerified(server)];
    arrive();
    const [thief, victim] = [newBrowser(), newBrowser()];
    await signIn(thief, eve);
    await signIn(victim, ada);
    const callback = await beginLink(thief);
    expect(await errorOf(victim, callback)).toBe('TOKEN_EXPIRED');
    // Not even with the thief's cookie beside the victim's session.
    victim.jar(server.url).set('sign_in', thief.jar(server.url).get('sign_in') ?? '');
    expect(await errorOf(victim, callback)).toBe('UNAUTHENTICATED');
    expect([await listOf(victim), await listOf(thief)]).toEqual([[], []]);
  });

  it('A13.22 is not possible after the session that asked has ended', async () => {
    const ada = await signUpVerified(server);
    arrive();
    const browser = newBrowser();
    await signIn(browser, ada);
    const callback = await beginLink(browser);
    await browser.call('POST', '/api/logout');
    expect(await errorOf(browser, callback)).toBe('UNAUTHENTICATED');
    await signIn(browser, ada);
    expect(await listOf(browser)).toEqual([]);
  });

  it('A13.22 leaves no account without a way in, if the identity is linked while a username is chosen', async () => {
    const ada = await signUpVerified(server);
    const person = arrive({ preferred_username: ada.username });
    const newcomer = newBrowser();
    expect((await start(newcomer)).searchParams.get('error')).toBe('USERNAME_TAKEN');
    const owner = newBrowser();
    await signIn(owner, ada);
    expect(await errorOf(owner, await beginLink(owner))).toBeNull();
    const { username } = newPerson();
    const late = await newcomer.call('POST', '/api/auth/sign-up', { username });
    expect(late).toMatchObject({ status: 410, body: { code: 'TOKEN_EXPIRED' } });
    expect(await isSignedIn(newcomer)).toBe(false);
    expect((await server.register({ email: person.email, username })).status).toBe(201);
  });

  it('A13.22 gives no session to whoever links', async () => {
    arrive();
    const browser = newBrowser();
    await signIn(browser, await signUpVerified(server));
    const callback = await beginLink(browser);
    const token = browser.jar(server.url).get('access_token');
    expect(await errorOf(browser, callback)).toBeNull();
    expect(browser.jar(server.url).get('access_token')).toBe(token);
  });
});

it('A13.22 a deleted user’s identity opens no session of theirs (GHSA-2vg6-77g8-24mp)', async () => {
  arrive();
  const browser = newBrowser();
  await start(browser);
  const { id } = await whoIs(browser);
  const token = browser.jar(server.url).get('access_token') ?? '';
  expect((await browser.call('DELETE', '/api/me')).status).toBe(204);
  expect((await server.call('GET', '/api/me', { token })).status).toBe(401);
  await start(browser);
  expect((await whoIs(browser)).id).not.toBe(id);
});

it('A13.22 a provider whose settings are wrong is off (GHSA-8fpg-xm3f-6cx3: open on errors of the configuration)', async () => {
  const entries = [
    { id: 'http', issuer: 'http://id.example.com', clientId: 'x', clientSecret: 'y' },
    { id: 'no-secret', issuer: 'https://id.example.com', clientId: 'x' },
    { id: 'typo', issuer: 'https://id.example.com', clientId: 'x', clientSecret: 'y', scope: 'openid' },
    { id: 'providers', issuer: 'https://id.example.com', clientId: 'x', clientSecret: 'y' },
    honest.settings('twice'),
    honest.settings('twice'),
    // Its metadata names another issuer.
    { ...hostile.settings('elsewhere'), issuer: hostile.issuer.replace('127.0.0.1', 'localhost') },
  ];
  const strict = await startTestServer({ env: { OIDC_PROVIDERS: JSON.stringify(entries) } });
  const { items } = (await strict.get('/api/auth/providers')).body;
  expect(items).toEqual([{ id: 'elsewhere', name: 'elsewhere' }]);
  for (const id of ['http', 'no-secret', 'typo', 'twice'])
    expect((await strict.get(`/api/auth/${id}`)).status).toBe(404);
  const refused = await strict.get('/api/auth/elsewhere');
  expect([refused.status, refused.headers.getSetCookie()]).toEqual([503, []]);
  await strict.close();
});
