import { tmpdir } from 'node:os';
import { type FastifyInstance, fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILT_IN_PAGES_SCRIPT } from '../assets/script.ts';
import { BUILT_IN_PAGES_STYLE } from '../assets/style.ts';
import * as publicPageStyles from '../assets/public-page-style.ts';
import { PAGE_POLICY } from '../html.ts';
import { builtInPagesPlugin } from './built-in-pages.ts';
import { devMailPlugin } from './dev-mail.ts';

const PATHS = [
  '/',
  '/register',
  '/verify-email',
  '/confirm-email',
  '/reset-password',
  '/forgot-password',
  '/undo-email-change',
  '/report-sign-in',
  '/unsubscribe',
  '/login',
];
const ATTACK = `"><script>alert('1')</script>`;
const ESCAPED = '&#34;&#62;&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;';
const attacked = (path: string, name: string) => `${path}?${name}=${encodeURIComponent(ATTACK)}`;

describe('a built-in page', () => {
  const server: FastifyInstance = fastify();
  const calls: string[] = [];
  const get = (url: string, headers: Record<string, string> = {}) => server.inject({ url, headers });

  beforeAll(async () => {
    server.post('/api/*', async (request) => calls.push(request.url));
    await server.register(builtInPagesPlugin, { pages: true });
  });
  afterAll(() => server.close());

  it.each(PATHS)('at %s is HTML that may load only its own files', async (path) => {
    const answer = await get(path);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers['content-security-policy']).toBe(PAGE_POLICY);
    expect(answer.body).not.toMatch(/<script(?! type="module" src="\/assets\/)|<style| style=| on\w+=/);
  });

  it('allows no inline script or style', () => {
    expect(PAGE_POLICY).toContain("default-src 'none'");
    expect(PAGE_POLICY).not.toContain('unsafe');
  });

  it.each([
    ['/register', 'referral'],
    ['/verify-email', 'token'],
    ['/reset-password', 'token'],
    ['/undo-email-change', 'token'],
    ['/report-sign-in', 'token'],
  ])('at %s escapes the parameter %s', async (path, name) => {
    const { body } = await get(attacked(path, name));
    expect(body).toContain(`value="${ESCAPED}"`);
    expect(body).not.toContain(ATTACK);
  });

  it('pre-fills the referral code, and the visitor can change it', async () => {
    expect((await get('/register?referral=abc234&referral=other')).body).toMatch(
      /<input\s+id="referralCode"[^>]*value="abc234"/,
    );
  });

  it.each(['/verify-email', '/confirm-email'])(
    'at %s verifies and declines only by its buttons',
    async (path) => {
      const { body } = await get(`${path}?token=secret`);
      expect(calls).toEqual([]);
      for (const action of ['/api/verify-email', '/api/verify-email/decline']) {
        const form = body.split('<form').find((part) => part.includes(`action="${action}" method="post"`));
        expect(form).toContain('name="token" value="secret"');
      }
      expect(body).toContain('id="declined"');
    },
  );

  it.each(['/verify-email', '/reset-password', '/undo-email-change', '/report-sign-in', '/invitation'])(
    'at %s has no form without a token',
    async (path) => {
      const { body } = await get(path);
      expect(body).toContain('This link is incomplete');
      expect(body).not.toContain('<form');
    },
  );

  it('never sends a form by GET, which would put passwords into the URL', async () => {
    for (const path of PATHS) {
      for (const [tag] of (await get(path)).body.matchAll(/<form[^>]*>/g))
        expect(tag).toContain('method="post"');
    }
  });

  it('styles no side of a box by left or right, so that it can be mirrored', () => {
    const style = [BUILT_IN_PAGES_STYLE, ...Object.values(publicPageStyles)].join('\n');
    expect(style.match(/[^;{\n]*\b(?:left|right)\b[^;}]*/g)).toBeNull();
  });

  it('connects every field with its hint and its error', async () => {
    const { body } = await get('/register');
    const ids = new Set([...body.matchAll(/ id="([\w-]+)"/g)].map(([, id]) => id));
    const references = [...body.matchAll(/(?:aria-describedby|for|aria-controls)="([^"]+)"/g)];
    expect(references.flatMap(([, list = '']) => list.split(' ')).filter((id) => !ids.has(id))).toEqual([]);
    expect(body.match(/<label/g)).toHaveLength(4);
  });

  it.each([
    ['/assets/built-in.css', 'text/css; charset=utf-8'],
    ['/assets/built-in.js', 'text/javascript; charset=utf-8'],
    ['/assets/icon.svg', 'image/svg+xml'],
    ['/favicon.ico', 'image/x-icon'],
    ['/apple-touch-icon.png', 'image/png'],
    ['/apple-touch-icon-precomposed.png', 'image/png'],
  ])('uses %s, which is cached for five minutes and then revalidated', async (path, type) => {
    const answer = await get(path);
    expect(answer.headers).toMatchObject({ 'content-type': type, 'cache-control': 'public, max-age=300' });
    const again = await get(path, { 'if-none-match': `W/${answer.headers.etag}` });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it('has a script that parses and creates no HTML', () => {
    // oxlint-disable-next-line typescript/no-implied-eval -- parsed, never run
    expect(() => new Function(`return async () => {${BUILT_IN_PAGES_SCRIPT}}`)).not.toThrow();
    expect(BUILT_IN_PAGES_SCRIPT).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|eval/);
  });

  it('links to the API reference and the inbox only if they are served', async () => {
    expect((await get('/')).body).not.toMatch(/\/docs|\/dev\/mail/);
    const whole = fastify();
    await whole.register(builtInPagesPlugin, { pages: true });
    whole.get('/docs', async () => '');
    await whole.register(devMailPlugin, { dataDir: tmpdir() });
    const { body } = await whole.inject('/');
    expect(body).toContain('href="/docs"');
    expect(body).toContain('href="/dev/mail"');
    await whole.close();
  });
});

describe('with a separate frontend', () => {
  it('the built-in pages are not found, and the style is still served', async () => {
    const server = fastify();
    await server.register(builtInPagesPlugin, { pages: false });
    for (const path of PATHS) expect((await server.inject(path)).statusCode).toBe(404);
    for (const path of ['/assets/built-in.css', '/favicon.ico', '/apple-touch-icon.png'])
      expect((await server.inject(path)).statusCode).toBe(200);
    await server.close();
  });
});
