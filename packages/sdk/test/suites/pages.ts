import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hasProgram } from '@linkgrove/api/testing';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPerson, startTestServer, type TestServer } from '../../../../apps/server/test/kit/index.ts';
import type { Consumer } from '../consumer-kit.ts';
import { bundleChunks, report } from './shared.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const PAGE = '<!doctype html><title>Page</title><script type="module" src="/page.entry.js"></script>';
const PATIENT = { timeout: 30_000 };

// Runs in the page: `call` is what a frontend does, with its answer or the error that it shows.
const PROGRAM = `
  import { createClient } from '@linkgrove/sdk';
  const store = {
    get: () => JSON.parse(sessionStorage.getItem('session') ?? 'null'),
    set: (tokens) => tokens ? sessionStorage.setItem('session', JSON.stringify(tokens)) : sessionStorage.removeItem('session'),
  };
  const { url, kind } = Object.fromEntries(new URLSearchParams(location.search));
  const client = createClient({
    url,
    retries: 0,
    session: kind === 'token' ? store : undefined,
    onSessionEnd: (reason) => { document.title = reason; },
  });
  const toFailure = ({ code, detail }) => ({ code, detail });
  globalThis.register = (person) => client.auth.register.mutate(person).then(() => 'ok', toFailure);
  globalThis.logOut = () => client.auth.logout.mutate().then(() => 'ok', toFailure);
  globalThis.whoAmI = () => client.account.me.query().then(({ username }) => username, toFailure);
  globalThis.watchViews = async () => {
    const [{ id }] = (await client.pages.list.query()).items;
    return new Promise((resolve) => {
      const feed = client.analytics.live.subscribe({ id }, {
        onData: ({ visitors }) => { feed.unsubscribe(); resolve(visitors); },
        onError: (error) => resolve(toFailure(error)),
      });
    });
  };`;

/** Pages of the same bundle on the API's host, and on `localhost`, which is another site to a browser. */
export const describePages = (getConsumer: () => Consumer) =>
  describe.skipIf(!hasProgram(CHROMIUM, process.env))('a page in Chromium', () => {
    let pages: Server;
    let server: TestServer;
    let browser: Browser;
    let port: number;
    let laterPaths: string[];
    beforeAll(async () => {
      const { first, later } = await bundleChunks(getConsumer(), PROGRAM, 'page');
      const programs = new Map([...first, ...later].map(({ fileName, code }) => [`/${fileName}`, code]));
      laterPaths = later.map(({ fileName }) => `/${fileName}`);
      pages = createServer((request, response) => {
        const program = programs.get(request.url ?? '');
        response.setHeader('content-type', program ? 'text/javascript' : 'text/html');
        response.end(program ?? PAGE);
      });
      await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
      ({ port } = pages.address() as AddressInfo);
      const CORS_ORIGINS = `http://127.0.0.1:${port},http://localhost:${port}`;
      server = await startTestServer({ env: { CORS_ORIGINS } });
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
      report.push(`Chromium ${browser.version()}`);
    }, 120_000);
    afterAll(async () => {
      await browser.close();
      await server.close();
      pages.close();
    });

    /** Opens a page and counts its refreshes. */
    async function openPage(context: BrowserContext, host: string, kind = 'cookie') {
      const page = await context.newPage();
      const refreshes: string[] = [];
      page.on('request', (request) => {
        if (request.method() === 'POST' && request.url().includes('auth.refresh'))
          refreshes.push(request.url());
      });
      await page.goto(`http://${host}:${port}/?kind=${kind}&url=${server.url}`);
      await page.waitForFunction('globalThis.whoAmI');
      return { page, refreshes };
    }
    const whoAmI = (page: Page) => page.evaluate('whoAmI()');
    const register = (page: Page, person: object) => page.evaluate(`register(${JSON.stringify(person)})`);

    it('on the API’s host signs in, refreshes, and tells its other tabs of the end', async () => {
      const context = await browser.newContext();
      const [one, two] = [await openPage(context, '127.0.0.1'), await openPage(context, '127.0.0.1')];
      expect(await whoAmI(one.page)).toMatchObject({ code: 'UNAUTHENTICATED' });
      // A first visit: the marker is missing, so no refresh is tried.
      expect(one.refreshes).toEqual([]);

      const person = newPerson();
      expect(await register(one.page, person)).toBe('ok');
      expect(await two.page.evaluate('document.cookie')).toBe('linkgrove_session=1');
      await context.clearCookies({ name: 'access_token' });
      expect(await whoAmI(two.page)).toBe(person.username);
      expect(two.refreshes).toHaveLength(1);

      expect(await one.page.evaluate('logOut()')).toBe('ok');
      await expect.poll(() => two.page.title(), PATIENT).toBe('signed-out');
      expect(await two.page.evaluate('document.cookie')).toBe('');
      expect(await whoAmI(two.page)).toMatchObject({ code: 'UNAUTHENTICATED' });
      await context.close();
    });

    it.each([
      ['127.0.0.1', 'cookie'],
      ['localhost', 'token'],
    ])('on %s with a session by %s subscribes, and loads the code for it only then', async (host, kind) => {
      const context = await browser.newContext();
      const { page } = await openPage(context, host, kind);
      const loaded: string[] = [];
      page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
      await page.reload();
      await page.waitForFunction('globalThis.whoAmI');
      expect(await register(page, newPerson())).toBe('ok');
      expect(loaded).toContain('/page.entry.js');
      expect(loaded.filter((path) => laterPaths.includes(path))).toEqual([]);
      expect(await page.evaluate('watchViews()')).toBe(0);
      expect(loaded.filter((path) => laterPaths.includes(path))).toEqual(laterPaths);
      await context.close();
    });

    it('on another site keeps a session in its own store, which is rotated and outlives a reload', async () => {
      const context = await browser.newContext();
      const { page, refreshes } = await openPage(context, 'localhost', 'token');
      const person = newPerson();
      expect(await register(page, person)).toBe('ok');
      expect(await context.cookies(server.url)).toEqual([]);
      const readToken = () => page.evaluate('JSON.parse(sessionStorage.getItem("session")).refreshToken');
      const endAccess = () =>
        page.evaluate(`sessionStorage.setItem('session', JSON.stringify({
          ...JSON.parse(sessionStorage.getItem('session')), accessToken: 'no longer valid' }))`);
      const first = await readToken();
      for (const round of [1, 2]) {
        await endAccess();
        await page.reload();
        await page.waitForFunction('globalThis.whoAmI');
        expect(await whoAmI(page)).toBe(person.username);
        expect(refreshes).toHaveLength(round);
      }
      expect(await readToken()).not.toBe(first);
      expect(await page.evaluate('logOut()')).toBe('ok');
      expect(await page.evaluate('sessionStorage.getItem("session")')).toBeNull();
      await context.close();
    });

    it('of an origin that is not allowed says which setting to change', async () => {
      const context = await browser.newContext();
      const { page } = await openPage(context, 'app.localhost');
      expect(await whoAmI(page)).toEqual({
        code: 'NETWORK',
        detail: expect.stringContaining(`add http://app.localhost:${port} to its CORS_ORIGINS`),
      });
      await context.close();
    });
  });
