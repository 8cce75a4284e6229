import { hasProgram } from '@linkgrove/api/testing';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  codeOf,
  enrol,
  newPerson,
  PASSWORD,
  type SignedUp,
  startTestServer,
  type TestServer,
} from './kit/index.ts';

// A browser is slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

// The path of Debian, where .ci/run installs it.
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const hasChromium = hasProgram(CHROMIUM, process.env);

let server: TestServer;
let browser: Browser;
let ada: SignedUp;
beforeAll(async () => {
  if (!hasChromium) return;
  server = await startTestServer({ worker: true, env: { RATE_LIMIT_REGISTER: '100/1h' } });
  // The port is only known once the server listens.
  server.app.config.trustedOrigins.add(server.url);
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  ada = await server.signUp();
});
afterAll(async () => {
  if (!hasChromium) return;
  await browser.close();
  await server.close();
});

type Options = Parameters<Browser['newContext']>[0];
async function open(path: string, options: Options = {}): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(server.url + path);
  return page;
}
const close = (page: Page) => page.context().close();
/** Reads what a visitor sees, for `expect.poll`. */
const textOf = (page: Page, selector: string) => () => page.locator(selector).first().textContent();
const PATIENT = { timeout: 30_000 };

describe.skipIf(!hasChromium)('the registration page', () => {
  it('says who invites, and at once when a code is wrong', async () => {
    const page = await open(`/register?referral=${ada.user.referralCode}`);
    await expect.poll(textOf(page, '#referralCode-note'), PATIENT).toContain(`Invited by @${ada.username}`);
    await expect.poll(textOf(page, '[data-inviter]'), PATIENT).toContain(`@${ada.username} invited you`);
    await page.fill('#referralCode', 'no-such-code');
    await expect.poll(textOf(page, '#referralCode-error'), PATIENT).toContain('Invalid referral code');
    await page.fill('#referralCode', `https://links.example/r/${ada.user.referralCode}?x=1`);
    await expect.poll(textOf(page, '#referralCode-note'), PATIENT).toContain('Invited by');
    await close(page);
  });

  it('checks the username while it is typed', async () => {
    const page = await open('/register?username=free-name');
    await expect.poll(textOf(page, '#username-note'), PATIENT).toContain('/@free-name is available');
    await page.fill('#username', ada.username);
    await expect.poll(textOf(page, '#username-error'), PATIENT).toContain('Username already in use');
    await page.fill('#username', 'a');
    await expect.poll(textOf(page, '#username-error'), PATIENT).toContain('Use 3–30 letters or digits');
    await close(page);
  });

  it('shows how strong the password is', async () => {
    const page = await open('/register');
    for (const [password, level] of [
      ['aaaaaaaaaaaaaaaa', 'Weak'],
      ['Tr0ub4dor', 'Fair'],
      ['purple monkey dishwasher', 'Strong'],
    ] as const) {
      await page.fill('#password', password);
      await expect.poll(textOf(page, '#password-note'), PATIENT).toContain(level);
    }
    await close(page);
  });

  it('leads to the addresses of the page and of the invite link, with buttons to copy them', async () => {
    const page = await open('/register', { permissions: ['clipboard-read', 'clipboard-write'] });
    const person = newPerson();
    for (const [name, value] of Object.entries(person)) await page.fill(`#${name}`, value);
    await page.click('form > button');
    await expect
      .poll(textOf(page, '[data-fill="pageUrl"]:visible'), PATIENT)
      .toContain(`/@${person.username}`);
    await page.locator('[data-copy]:visible').first().click();
    await expect.poll(textOf(page, '[data-copy]:visible'), PATIENT).toContain('Copied');
    expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(`/@${person.username}`);
    expect(await page.locator('[data-fill="referralUrl"]:visible').textContent()).toContain(
      '/register?referral=',
    );
    await close(page);
  });
});

describe.skipIf(!hasChromium)('the sign-in page', () => {
  it('shows the address of the page, and publishes a draft', async () => {
    const bob = await server.signUp();
    await server.post('/api/verify-email', { token: await server.readMailedToken(bob.email, 'Verify') });
    const page = await open('/login');
    await page.fill('#identifier', bob.username);
    await page.fill('#password', PASSWORD);
    await page.click('form > button');
    await page.locator('[data-publish]:visible').click();
    await page.locator('[data-open]:visible').waitFor();
    expect((await server.get(`/@${bob.username}`)).status).toBe(200);
    await close(page);
  });

  it('asks for a code if there is a second factor', async () => {
    const bob = await enrol(server, await server.signUp());
    const page = await open('/login');
    await page.fill('#identifier', bob.username);
    await page.fill('#password', PASSWORD);
    await page.click('form > button');
    await page.locator('#code').waitFor();
    await page.fill('#code', codeOf(bob.secret));
    await page.click('form[action="/api/login/mfa"] > button');
    await expect.poll(textOf(page, '#signed-in [data-fill="email"]'), PATIENT).toBe(bob.email);
    await close(page);
  });
});

describe.skipIf(!hasChromium)('a page of a mailed link', () => {
  it('at /reset-password hides its button when the link is used elsewhere meanwhile', async () => {
    const bob = await server.signUp();
    await server.post('/api/forgot-password', { email: bob.email });
    const token = await server.readMailedToken(bob.email, 'Reset');
    const page = await open(`/reset-password?token=${token}`);
    await server.post('/api/reset-password', { token, password: PASSWORD });
    await page.fill('#password', PASSWORD);
    await page.click('form > button');
    await page.locator('.message:not(:empty)').waitFor();
    expect(await page.locator('form > button').isVisible()).toBe(false);
    await close(page);
  });
});

describe.skipIf(!hasChromium)('on a screen', () => {
  it.each([320, 375, 1440])('of %i pixels nothing is cut off, and wide ones are filled', async (width) => {
    for (const path of ['/', '/register', '/login', '/forgot-password', '/verify-email?token=x']) {
      const page = await open(path, { viewport: { width, height: 900 } });
      expect([path, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([path, width]);
      expect(await page.locator('.aside').isVisible()).toBe(width === 1440);
      await close(page);
    }
  });
});
