import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPerson, type TestServer } from '../../../../apps/server/test/kit/index.ts';
import { type Consumer, type Program, startProgram } from '../consumer-kit.ts';
import { createBrowserFetch } from '../stub.ts';
import { compileProject, report } from './shared.ts';

type Given = { newest: Consumer; server: TestServer };

export const describeServerRendering = (given: () => Given) =>
  describe('a server that renders pages', () => {
    let server: TestServer;
    let node: Program;
    let hono: Program;
    beforeAll(async () => {
      const { newest } = given();
      ({ server } = given());
      expect(await compileProject(newest, newest, 'tsconfig.server.json')).toBe('');
      [node, hono] = (await Promise.all(
        ['ssr-node.ts', 'ssr-hono.ts'].map((file) => startProgram(newest.folder, file, server.url)),
      )) as [Program, Program];
      report.push(`Hono ${newest.versionOf('hono')}`);
    });
    afterAll(() => {
      node.close();
      hono.close();
    });

    /** A visitor whose access cookie has ended, as a browser drops it after 15 minutes. */
    async function openBrowser() {
      const browser = createBrowserFetch();
      const person = newPerson();
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify(person);
      await browser.fetch(`${server.url}/api/register`, { method: 'POST', headers, body });
      browser.jar.delete('access_token');
      const read = async (url: string) => {
        const response = await browser.fetch(url);
        return [response.status, await response.text()];
      };
      return { ...browser, person, read };
    }

    /** Moves all rotations into the past instead of waiting for the end of the grace period. */
    const passGrace = () =>
      server.app.db
        .updateTable('refresh_tokens')
        .set({ rotated_at: new Date(Date.now() - 11_000) })
        .where('rotated_at', 'is not', null)
        .execute();
    const refreshInBrowser = async ({ fetch }: Awaited<ReturnType<typeof openBrowser>>) =>
      (await fetch(`${server.url}/api/refresh`, { method: 'POST' })).status;

    it.each([
      ['Node.js', () => node],
      ['Hono', () => hono],
    ])('with %s keeps a visitor signed in whose access cookie has ended', async (_, program) => {
      const browser = await openBrowser();
      const before = browser.jar.get('refresh_token');
      const greeting = [200, `Hello ${browser.person.username}, 1 page`];
      expect(await browser.read(program().url)).toEqual(greeting);
      expect(browser.jar.get('refresh_token')).not.toBe(before);
      expect(browser.jar.get('access_token')).toBeTruthy();
      expect(browser.jar.get('linkgrove_session')).toBe('1');
      await passGrace();
      expect(await refreshInBrowser(browser)).toBe(200);
      expect(await browser.read(program().url)).toEqual(greeting);
    });

    it.each(['/read-only', '/too-late', '/by-header'])(
      'spends no refresh token if it cannot hand on the new one: %s',
      async (path) => {
        const browser = await openBrowser();
        const before = browser.jar.get('refresh_token');
        expect(await browser.read(node.url + path)).toEqual([401, 'UNAUTHENTICATED']);
        browser.jar.set('access_token', 'no longer valid');
        expect(await browser.read(node.url + path)).toEqual([401, 'UNAUTHENTICATED']);
        expect(browser.jar.get('refresh_token')).toBe(before);
        await passGrace();
        expect(await refreshInBrowser(browser)).toBe(200);
        expect(await browser.read(node.url + path)).toEqual([
          200,
          `Hello ${browser.person.username}, 1 page`,
        ]);
      },
    );

    it('signs a visitor in with all cookies of the API, and tells a stranger from a visitor', async () => {
      const { person } = await openBrowser();
      const browser = createBrowserFetch();
      expect((await browser.fetch(hono.url)).status).toBe(401);
      expect(browser.jar.size).toBe(0);
      const answer = await browser.fetch(`${hono.url}/sign-in/${person.username}`, { method: 'POST' });
      expect(await answer.text()).toBe(`Welcome ${person.username}`);
      expect([...browser.jar.keys()].toSorted()).toEqual([
        'access_token',
        'device',
        'linkgrove_session',
        'refresh_token',
      ]);
      expect((await browser.fetch(hono.url)).status).toBe(200);
    });
  });
