import { hasProgram } from '@linkgrove/api/testing';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startTestServer, type TestServer } from './kit/index.ts';

// A browser is slow on a busy machine.
vi.setConfig({ testTimeout: 300_000 });

// The path of Debian, where .ci/run installs it.
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const hasChromium = hasProgram(CHROMIUM, process.env);
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];

let server: TestServer;
let browser: Browser;
beforeAll(async () => {
  if (!hasChromium) return;
  server = await startTestServer();
  // The port is only known once the server listens.
  server.app.config.trustedOrigins.add(server.url);
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
});
afterAll(async () => {
  if (!hasChromium) return;
  await browser.close();
  await server.close();
});

it.runIf(hasChromium)('the first request that /docs offers creates an account as it is', async () => {
  const page = await browser.newPage({ viewport: { width: 1_400, height: 1_000 } });
  page.setDefaultTimeout(120_000);
  await page.goto(`${server.url}/docs/#tag/authentication/POST/api/register`);
  await page
    .getByRole('button', { name: /Test Request/ })
    .first()
    .click();
  const [response] = await Promise.all([
    page.waitForResponse(`${server.url}/api/register`),
    page.getByRole('button', { name: /^Send/ }).last().click(),
  ]);
  expect([response.status(), (await response.json()).user.username]).toEqual([201, 'ada']);
});
