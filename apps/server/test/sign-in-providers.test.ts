import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Browser,
  codeOf,
  enrol,
  newPerson,
  openBrowser,
  PASSWORD,
  type SignedUp,
  signUpVerified,
  startTestServer,
  type TestServer,
} from './kit/index.ts';
import { type IdentityProvider, startIdentityProvider } from './kit/identity-provider.ts';

const PUBLIC_URL = 'http://localhost:3000';
const APP_URL = 'https://app.example.com';
const callbackOf = (id: string) => `${PUBLIC_URL}/api/auth/${id}/callback`;

/** GitHub and Discord at once: an OAuth 2 server whose codes are the names of the people in `accounts`. */
async function startOauthServer(accounts: Record<string, { user: object; emails?: object[] }>) {
  const verifiers: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.url === '/token') {
      verifiers.push(form.get('code_verifier') ?? '');
      return send(200, { access_token: form.get('code'), token_type: 'bearer', scope: 'x' });
    }
    const account = accounts[request.headers.authorization?.split(' ')[1] ?? ''];
    if (!account) return send(401, {});
    return send(200, request.url === '/emails' ? (account.emails ?? []) : account.user);
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    verifiers,
    close: () => server.close(),
    endpoints: {
      authorization: `${url}/authorize`,
      token: `${url}/token`,
      user: `${url}/user`,
      emails: `${url}/emails`,
    },
  };
}

let provider: IdentityProvider;
let oauth: Awaited<ReturnType<typeof startOauthServer>>;
let server: TestServer;
const accounts: Parameters<typeof startOauthServer>[0] = {};
beforeAll(async () => {
  provider = await startIdentityProvider(['example', 'form'].map(callbackOf));
  oauth = await startOauthServer(accounts);
  const keys = { clientId: 'id', clientSecret: 'secret', endpoints: oauth.endpoints };
  const providers = [
    provider.settings('example', { name: 'Example' }),
    provider.settings('form', { responseMode: 'form_post' }),
    { id: 'github', ...keys },
    { id: 'discord', ...keys },
    { id: 'broken', issuer: 'http://id.example.com', clientId: 'x', clientSecret: 'y' },
  ];
  server = await startTestServer({
    worker: true,
    env: {
      APP_URL,
      CORS_ORIGINS: `${APP_URL},https://admin.example.com`,
      OIDC_PROVIDERS: JSON.stringify(providers),
      PLATFORM_WORKSPACE_ID: '',
    },
  });
});
afterAll(async () => {
  oauth.close();
  provider.close();
  await server.close();
});

const newBrowser = () => openBrowser({ publicUrl: PUBLIC_URL, url: server.url });
let subjects = 0;
const newSubject = () => `subject-${(subjects += 1)}`;

/** A new person with a verified address at the provider. */
function newArrival(more: object = {}) {
  const { email, username } = newPerson();
  const person = { sub: newSubject(), email, email_verified: true, preferred_username: username, ...more };
  provider.person = person;
  return { ...person, username };
}
const start = (browser: Browser, query = '', id = 'example') =>
  browser.open(`${server.url}/api/auth/${id}${query}`);
const whoIs = async (browser: Browser) => (await browser.call('GET', '/api/me')).body;

/** Signs up a user with a password, and signs them in with the browser. */
async function signInWith(browser: Browser, who: SignedUp) {
  const { status } = await browser.call('POST', '/api/login', {
    identifier: who.username,
    password: PASSWORD,
  });
  expect(status).toBe(200);
}

describe('signing in with a provider', () => {
  it('asks for a second factor before there is a session', async () => {
    const browser = newBrowser();
    newArrival();
    await start(browser);
    const { id, username } = await whoIs(browser);
    const token = (await browser.call('POST', '/api/refresh')).body.accessToken;
    const ada = await enrol(server, { user: { id }, token, username, cookie: '', email: '' });
    const again = newBrowser();
    const back = new URL(String(await start(again)));
    expect(back.searchParams.get('error')).toBe('MFA_REQUIRED');
    expect((await whoIs(again)).code).toBe('UNAUTHENTICATED');
    const mfaToken = new URLSearchParams(back.hash.slice(1)).get('mfaToken');
    const { status } = await again.call('POST', '/api/login/mfa', { mfaToken, code: codeOf(ada.secret) });
    expect(status).toBe(200);
    expect((await again.call('GET', '/api/sessions')).body.items[0].amr).toEqual(['fed', 'otp', 'mfa']);
  });

  it('is offered for every provider whose settings are complete', async () => {
    const { body } = await server.get('/api/auth/providers');
    expect(body.items).toEqual([
      { id: 'example', name: 'Example' },
      { id: 'form', name: 'form' },
      { id: 'github', name: 'GitHub' },
      { id: 'discord', name: 'Discord' },
    ]);
    expect((await server.get('/api/auth/broken')).status).toBe(404);
  });

  it('makes an account with a verified address, and finds it again by issuer and subject', async () => {
    const person = newArrival();
    const browser = newBrowser();
    const end = await start(browser, '?redirect=/welcome%3Ftab%3D1');
    expect(end.href).toBe(`${APP_URL}/welcome?tab=1`);
    const user = await whoIs(browser);
    expect(user).toMatchObject({ email: person.email, username: person.username, emailVerified: true });
    expect(decodeJwt(browser.jar(server.url).get('access_token') ?? '')).toMatchObject({ amr: ['fed'] });
    expect((await browser.call('GET', '/api/sessions')).body.items).toMatchObject([{ amr: ['fed'] }]);
    const events = (await browser.call('GET', '/api/me/security-events')).body.items;
    expect(events.map(({ type }: { type: string }) => type)).toEqual(['email_verified', 'signed_up']);
    expect(server.mailbox.received.filter(({ to }) => to === person.email)).toEqual([]);

    // The address at the provider may change: it identifies nobody.
    const moved = newPerson().email;
    provider.person = { ...person, email: moved };
    const other = newBrowser();
    expect((await start(other)).href).toBe(`${APP_URL}/`);
    expect(await whoIs(other)).toEqual(user);
    const [identity] = (await other.call('GET', '/api/me/identities')).body.items;
    expect(identity).toMatchObject({ provider: 'example', subjectEmail: moved });
    expect(identity.lastUsedAt).not.toBeNull();
  });

  it('carries the referral code, whose referrer succeeds at once', async () => {
    const ada = await signUpVerified(server);
    const person = newArrival();
    const browser = newBrowser();
    await start(browser, `?referralCode=${ada.user.referralCode}`);
    expect((await whoIs(browser)).referredBy).toBe(ada.username);
    const { items } = (await server.as(ada, 'GET', '/api/referrals')).body;
    expect(items).toMatchObject([{ username: person.username, status: 'successful' }]);
    newArrival();
    const refused = newBrowser();
    expect((await start(refused, '?referralCode=unknown-code')).search).toBe('?error=INVALID_REFERRAL_CODE');
    expect((await whoIs(refused)).code).toBe('UNAUTHENTICATED');
  });

  it('asks for a username if the proposal is taken, which only this browser can give, and only once', async () => {
    const ada = await server.signUp();
    const person = newArrival({ preferred_username: ada.username });
    const browser = newBrowser();
    expect((await start(browser)).search).toBe('?error=USERNAME_TAKEN');
    const choose = (who: Browser, username: string) => who.call('POST', '/api/auth/sign-up', { username });
    const { username } = newPerson();
    expect((await choose(newBrowser(), username)).body.code).toBe('TOKEN_EXPIRED');
    expect((await choose(browser, ada.username)).body.code).toBe('USERNAME_TAKEN');
    expect((await choose(browser, 'admin')).body.errors[0]).toMatchObject({ code: 'reserved' });
    const cookie = browser.jar(server.url).get('sign_in') ?? '';
    const made = await choose(browser, username);
    expect(made).toMatchObject({
      status: 201,
      body: { user: { email: person.email, username, emailVerified: true } },
    });
    expect(await whoIs(browser)).toMatchObject({ username });
    const thief = newBrowser();
    thief.jar(server.url).set('sign_in', cookie);
    expect((await choose(thief, newPerson().username)).status).not.toBe(201);
  });

  it('comes back with an error if the person refuses at the provider', async () => {
    provider.person = 'refuses';
    const browser = newBrowser();
    expect((await start(browser, '?redirect=/login')).href).toBe(`${APP_URL}/login?error=FORBIDDEN`);
    expect((await whoIs(browser)).code).toBe('UNAUTHENTICATED');
  });

  it('is refused to suspended users, and ends the session that the browser had', async () => {
    const person = newArrival();
    const browser = newBrowser();
    await start(browser);
    const old = browser.jar(server.url).get('access_token') ?? '';
    await start(browser);
    expect((await server.call('GET', '/api/me', { token: old })).body.code).toBe('SESSION_EXPIRED');
    const { id } = await whoIs(browser);
    await server.app.db.updateTable('users').set({ suspended_at: new Date() }).where('id', '=', id).execute();
    provider.person = person;
    expect((await start(newBrowser())).search).toBe('?error=FORBIDDEN');
  });

  it('makes one account if the same person arrives many times at once', async () => {
    newArrival();
    const browsers = Array.from({ length: 10 }, newBrowser);
    await Promise.all(browsers.map((browser) => start(browser)));
    const ids = await Promise.all(browsers.map(async (browser) => (await whoIs(browser)).id));
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toBeDefined();
  });

  it('goes back only to the frontend and to origins that may send credentials', async () => {
    for (const redirect of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
    ])
      expect(
        (await server.get(`/api/auth/example?redirect=${encodeURIComponent(redirect)}`)).body.errors[0].path,
      ).toBe('redirect');
    newArrival();
    const admin = 'https://admin.example.com/x';
    expect((await start(newBrowser(), `?redirect=${encodeURIComponent(admin)}`)).href).toBe(admin);
  });

  it('works with a provider that answers with a form from its own page', async () => {
    const person = newArrival();
    const browser = newBrowser();
    let { location } = await browser.step(`${server.url}/api/auth/form`);
    let page = '';
    for (let count = 0; page === '' && count < 5; count += 1) {
      const next = await browser.step(location);
      if (next.location === '') page = next.body;
      else location = next.location;
    }
    const inputs = [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)];
    const form = new URLSearchParams(
      inputs.map(([, name = '', value = '']): [string, string] => [name, value]),
    );
    expect(form.has('code')).toBe(true);
    // A cross-site form carries no cookie that is `SameSite=Lax`.
    const posted = await fetch(`${server.url}/api/auth/form/callback`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: provider.issuer, 'sec-fetch-site': 'cross-site' },
      body: form,
    });
    expect([posted.status, posted.headers.getSetCookie()]).toEqual([303, []]);
    expect((await browser.open(posted.headers.get('location') ?? '')).href).toBe(`${APP_URL}/`);
    expect(await whoIs(browser)).toMatchObject({ email: person.email });
    // Every other form of another site is refused as before.
    const other = await fetch(`${server.url}/api/auth/sign-up`, {
      method: 'POST',
      headers: { origin: provider.issuer },
      body: form,
    });
    expect(other.status).toBe(403);
  });

  it.each([
    ['github', { id: 7_001, login: 'octo-cat-77' }, [{ primary: true, verified: true }], 'octo-cat-77', true],
    [
      'github',
      { id: 7_002, login: 'octo-cat-78' },
      [{ primary: true, verified: false }],
      'octo-cat-78',
      false,
    ],
    ['discord', { id: '8001', username: 'wumpus_81', verified: true }, undefined, 'wumpus_81', true],
    ['discord', { id: '8002', username: 'wumpus_82', verified: false }, undefined, 'wumpus_82', false],
  ])('works with %s, whose user is %j', async (id, user, emails, username, emailVerified) => {
    const { email } = newPerson();
    accounts[username] = {
      user: { ...user, email },
      ...(emails && { emails: emails.map((one) => ({ ...one, email })) }),
    };
    const browser = newBrowser();
    const { location } = await browser.step(`${server.url}/api/auth/${id}`);
    const { searchParams } = new URL(location);
    expect(searchParams.get('code_challenge_method')).toBe('S256');
    const answer = new URLSearchParams({ code: username, state: searchParams.get('state') ?? '' });
    expect((await browser.open(`${callbackOf(id)}?${answer.toString()}`)).href).toBe(`${APP_URL}/`);
    expect(await whoIs(browser)).toMatchObject({ username, email, emailVerified });
    expect(oauth.verifiers.at(-1)).toMatch(/^[\w-]{43}$/);
    if (!emailVerified) await server.mailbox.waitFor(email, 'Verify');
  });
});

describe('linking', () => {
  /** Links the provider's person to the user of the browser. */
  async function link(browser: Browser, redirect = '/settings'): Promise<URL> {
    const asked = await browser.call('POST', '/api/me/identities/example', { redirect });
    expect(asked.status).toBe(200);
    return browser.open(asked.body.url);
  }

  it('adds a way in to an account, tells its owner, and changes nothing else of it', async () => {
    const ada = await signUpVerified(server);
    const person = newArrival();
    const browser = newBrowser();
    await signInWith(browser, ada);
    const before = await whoIs(browser);
    expect((await link(browser)).href).toBe(`${APP_URL}/settings`);
    expect(await whoIs(browser)).toEqual(before);
    const mail = await server.mailbox.waitFor(ada.email, 'A way to sign in was added');
    expect(mail.text).toContain('Signing in with Example was added to your account.');
    const { items } = (await browser.call('GET', '/api/me/identities')).body;
    expect(items).toMatchObject([{ provider: 'example', subjectEmail: person.email, lastUsedAt: null }]);
    const events = (await browser.call('GET', '/api/me/security-events')).body.items;
    expect(events[0].type).toBe('identity_linked');
    const other = newBrowser();
    await start(other);
    expect((await whoIs(other)).id).toBe(ada.user.id);
    // Once more is no harm, and no news.
    expect((await link(browser)).search).toBe('');
    expect((await browser.call('DELETE', `/api/me/identities/${items[0].id}`)).status).toBe(204);
    const gone = await server.mailbox.waitFor(ada.email, 'A way to sign in was removed');
    expect(gone.text).toContain('Signing in with Example was removed');
  });

  it('is refused if somebody else has the identity', async () => {
    newArrival();
    await start(newBrowser());
    const browser = newBrowser();
    await signInWith(browser, await signUpVerified(server));
    expect((await link(browser)).search).toBe('?error=CONFLICT');
    expect((await browser.call('GET', '/api/me/identities')).body.items).toEqual([]);
  });

  it('is what the owner of a verified account is asked for, whose address the provider verified too', async () => {
    const ada = await signUpVerified(server);
    newArrival({ email: ada.email.toUpperCase() });
    const browser = newBrowser();
    expect((await start(browser)).search).toBe('?error=EMAIL_TAKEN');
    expect((await whoIs(browser)).code).toBe('UNAUTHENTICATED');
    await signInWith(browser, ada);
    expect((await link(browser)).search).toBe('');
    const other = newBrowser();
    await start(other);
    expect((await whoIs(other)).id).toBe(ada.user.id);
  });
});
