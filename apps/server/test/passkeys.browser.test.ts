import { hasProgram } from '@linkgrove/api/testing';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  newPerson,
  PASSWORD,
  type SignedUp,
  signUpVerified,
  startTestServer,
  type TestServer,
} from './kit/index.ts';
import { type IdentityProvider, startIdentityProvider } from './kit/identity-provider.ts';

// A browser is slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

// The path of Debian, where .ci/run installs it.
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const hasChromium = hasProgram(CHROMIUM, process.env);

/** Passkeys belong to names, and providers send browsers back to the address that they know. */
const ORIGIN = 'http://localhost:3000';

let server: TestServer;
let provider: IdentityProvider;
let browser: Browser;
let ada: SignedUp;
beforeAll(async () => {
  if (!hasChromium) return;
  provider = await startIdentityProvider([`${ORIGIN}/api/auth/company/callback`]);
  const env = { OIDC_PROVIDERS: JSON.stringify([provider.settings('company')]) };
  server = await startTestServer({ worker: true, env });
  const rule = `MAP localhost:3000 ${new URL(server.url).host}`;
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', `--host-resolver-rules=${rule}`],
  });
  ada = await signUpVerified(server);
});
afterAll(async () => {
  if (!hasChromium) return;
  await browser.close();
  await server.close();
  provider.close();
});

/** Run in the page, as a frontend would. */
const send = `async (path, body) => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch('/api' + path, { method: 'POST', headers, body: JSON.stringify(body ?? {}) });
  return { status: response.status, body: await response.json().catch(() => undefined) };
}`;
const register = `(async (send) => {
  const { body } = await send('/passkeys/registration/options');
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(body);
  return send('/passkeys/registration/verify', (await navigator.credentials.create({ publicKey })).toJSON());
})(${send})`;
const signIn = (mediation: string) => `(async (send) => {
  const { body } = await send('/passkeys/authentication/options');
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(body);
  const credential = await navigator.credentials.get({ publicKey, mediation: '${mediation}' });
  return send('/passkeys/authentication/verify', credential.toJSON());
})(${send})`;

describe.skipIf(!hasChromium)('in Chromium', () => {
  it('a passkey is made and signs in without a name, also from the autofill of a form', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${ORIGIN}/login`);
    const devtools = await context.newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await page.evaluate(
      `(${send})('/login', ${JSON.stringify({ identifier: ada.username, password: PASSWORD })})`,
    );
    expect(await page.evaluate(register)).toMatchObject({ status: 201, body: { synced: false } });
    await context.clearCookies();
    for (const mediation of ['optional', 'conditional'])
      expect(await page.evaluate(signIn(mediation))).toMatchObject({
        status: 200,
        body: { user: { id: ada.user.id } },
      });
    await context.close();
  });

  const callFrom = (page: Page, path: string, body?: object) =>
    page.evaluate<{ status: number; body: { id: string; url: string } }>(
      `(${send})('${path}', ${JSON.stringify(body)})`,
    );
  const readFrom = (page: Page, path: string) =>
    page.evaluate(`fetch('/api${path}').then((response) => response.json())`);
  let visits = 0;
  /** Leaves the page for a provider, which sends the browser back. Returns the error that it brings. */
  async function visit(
    page: Page,
    findStart: (redirect: string) => string | Promise<string>,
  ): Promise<string | null> {
    const redirect = `/login?visit=${(visits += 1)}`;
    const url = await findStart(redirect);
    const back = page.waitForURL((now) => `${now.pathname}${now.search}`.startsWith(redirect));
    await page.evaluate(`location.assign(${JSON.stringify(url)})`);
    await back;
    return new URL(page.url()).searchParams.get('error');
  }
  const start = (redirect: string) => `/api/auth/company?redirect=${encodeURIComponent(redirect)}`;

  it('a provider signs up, with a username of their own where the proposal is taken, and signs in', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${ORIGIN}/register`);
    provider.person = 'refuses';
    expect(await visit(page, start)).toBe('FORBIDDEN');
    const { email, username } = newPerson();
    provider.person = { sub: 'eve', email, email_verified: true, preferred_username: ada.username };
    expect(await visit(page, start)).toBe('USERNAME_TAKEN');
    expect((await callFrom(page, '/auth/sign-up', { username })).status).toBe(201);
    expect(await readFrom(page, '/me')).toMatchObject({ email, username, emailVerified: true });
    await callFrom(page, '/logout');
    expect(await visit(page, start)).toBeNull();
    expect(await readFrom(page, '/me')).toMatchObject({ username });
    await context.close();
  });

  it('a provider is linked to an account, and then signs in to it', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${ORIGIN}/login`);
    await callFrom(page, '/login', { identifier: ada.username, password: PASSWORD });
    provider.person = { sub: 'ada', email: newPerson().email, email_verified: true };
    const link = async (redirect: string) =>
      (await callFrom(page, '/me/identities/company', { redirect })).body.url;
    expect(await visit(page, link)).toBeNull();
    await callFrom(page, '/logout');
    expect(await visit(page, start)).toBeNull();
    expect(await readFrom(page, '/me')).toMatchObject({ id: ada.user.id, email: ada.email });
    await context.close();
  });

  it('"It wasn\'t me" asks first, then ends the session of a new device', async () => {
    const [home, thief] = [await browser.newContext(), await browser.newContext()];
    const person = await signUpVerified(server);
    const stolen = await thief.newPage();
    await stolen.goto(`${ORIGIN}/login`);
    await callFrom(stolen, '/login', { identifier: person.username, password: PASSWORD });
    const token = await server.readMailedToken(person.email, 'New device');
    const page = await home.newPage();
    await page.goto(`${ORIGIN}/report-sign-in?token=${token}`);
    expect(await readFrom(stolen, '/me')).toMatchObject({ id: person.user.id });
    await page.getByRole('button', { name: "It wasn't me, end the session" }).click();
    await page.getByRole('heading', { name: 'The session has ended' }).waitFor();
    expect(await readFrom(stolen, '/me')).toMatchObject({ code: 'SESSION_EXPIRED' });
    await server.readMailedToken(person.email, 'Reset');
    for (const context of [home, thief]) await context.close();
  });
});
