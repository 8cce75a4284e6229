import { hasProgram } from '@linkgrove/api/testing';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PASSWORD, type SignedUp, startTestServer, type TestServer } from './kit/index.ts';

// A browser is slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

// The path of Debian, where .ci/run installs it.
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const hasChromium = hasProgram(CHROMIUM, process.env);

let server: TestServer;
let browser: Browser;
let ada: SignedUp;
let origin: string;
beforeAll(async () => {
  if (!hasChromium) return;
  server = await startTestServer();
  // Passkeys belong to names, not to addresses; the port is only known once the server listens.
  origin = server.url.replace('127.0.0.1', 'localhost');
  server.app.config.trustedOrigins.add(origin);
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  ada = await server.signUp();
});
afterAll(async () => {
  if (!hasChromium) return;
  await browser.close();
  await server.close();
});

/** Run in the page, as a frontend would. */
const send = `async (path, body) => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch('/api' + path, { method: 'POST', headers, body: JSON.stringify(body ?? {}) });
  return { status: response.status, body: await response.json() };
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
    await page.goto(`${origin}/login`);
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
});
