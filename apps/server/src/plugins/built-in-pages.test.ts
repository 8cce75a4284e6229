import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureMail } from '@linkgrove/api';
import { type FastifyInstance, fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILT_IN_PAGES_SCRIPT } from '../assets/script.ts';
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
  '/unsubscribe',
  '/login',
];
const ATTACK = `"><script>alert('1')</script>`;
const ESCAPED = '&#34;&#62;&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;';
const attacked = (path: string, name: string) => `${path}?${name}=${encodeURIComponent(ATTACK)}`;

describe('built-in pages', () => {
  const server: FastifyInstance = fastify();
  const calls: string[] = [];
  const get = (url: string, headers: Record<string, string> = {}) => server.inject({ url, headers });

  beforeAll(async () => {
    server.post('/api/*', async (request) => calls.push(request.url));
    await server.register(builtInPagesPlugin, { pages: true });
  });
  afterAll(() => server.close());

  it.each(PATHS)('serves %s as HTML that may only load its own files', async (path) => {
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
  ])('escapes what %s takes from its %s', async (path, name) => {
    const { body } = await get(attacked(path, name));
    expect(body).toContain(`value="${ESCAPED}"`);
    expect(body).not.toContain(ATTACK);
  });

  it('fills the referral code in, for the visitor to change', async () => {
    expect((await get('/register?referral=abc234&referral=other')).body).toMatch(
      /<input\s+id="referralCode"[^>]*value="abc234"/,
    );
  });

  it('verifies nothing by being looked at, and by a button only', async () => {
    const { body } = await get('/verify-email?token=secret');
    expect(calls).toEqual([]);
    expect(body).toMatch(/<form action="\/api\/verify-email" method="post"[^]*name="token" value="secret"/);
  });

  it.each(['/verify-email', '/reset-password'])('offers no form at %s without a token', async (path) => {
    const { body } = await get(path);
    expect(body).toContain('This link is incomplete');
    expect(body).not.toContain('<form');
  });

  it('never sends a form by GET, which would put passwords into the address', async () => {
    for (const path of PATHS) {
      for (const [tag] of (await get(path)).body.matchAll(/<form[^>]*>/g))
        expect(tag).toContain('method="post"');
    }
  });

  it('describes every field by its hint and its error', async () => {
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
  ])('serves %s, to be kept for five minutes and then asked for again', async (path, type) => {
    const answer = await get(path);
    expect(answer.headers).toMatchObject({ 'content-type': type, 'cache-control': 'public, max-age=300' });
    const again = await get(path, { 'if-none-match': `W/${answer.headers.etag}` });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it('has a script that browsers can read and that makes no HTML', () => {
    // oxlint-disable-next-line typescript/no-implied-eval -- parsed, never run
    expect(() => new Function(`return async () => {${BUILT_IN_PAGES_SCRIPT}}`)).not.toThrow();
    expect(BUILT_IN_PAGES_SCRIPT).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|eval/);
  });

  it('links to the reference and the inbox only where they are served', async () => {
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

describe('with a frontend elsewhere', () => {
  it('the pages are unknown paths, the style is still served', async () => {
    const server = fastify();
    await server.register(builtInPagesPlugin, { pages: false });
    for (const path of PATHS) expect((await server.inject(path)).statusCode).toBe(404);
    expect((await server.inject('/assets/built-in.css')).statusCode).toBe(200);
    await server.close();
  });
});

describe('kept mail', () => {
  const server: FastifyInstance = fastify();
  let dataDir: string;
  const mail = (id: string, sentAt: string, subject: string) => ({
    id,
    to: 'ada@example.com',
    subject,
    text: '<b>plain</b>',
    html: '<!doctype html><html><head></head><body><a href="/x">x</a></body></html>',
    sentAt,
  });

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'linkgrove-mail-'));
    await captureMail(dataDir, mail('1-older', '2026-01-01T10:00:00.000Z', 'Older'));
    await captureMail(dataDir, mail('2-newer', '2026-01-02T10:00:00.000Z', ATTACK));
    await server.register(devMailPlugin, { dataDir });
  });
  afterAll(async () => {
    await server.close();
    await rm(dataDir, { recursive: true });
  });

  it('is listed newest first, with five members each', async () => {
    const mails = (await server.inject('/dev/mail.json')).json<Record<string, string>[]>();
    expect(mails.map(({ sentAt }) => sentAt)).toEqual([
      '2026-01-02T10:00:00.000Z',
      '2026-01-01T10:00:00.000Z',
    ]);
    expect(Object.keys(mails[0] ?? {}).toSorted()).toEqual(['html', 'sentAt', 'subject', 'text', 'to']);
  });

  it('is shown in an inbox, escaped', async () => {
    const { body } = await server.inject('/dev/mail');
    expect(body.indexOf(ESCAPED)).toBeLessThan(body.indexOf('Older'));
    expect(body).toContain(ESCAPED);
    expect(body).not.toContain(ATTACK);
    expect(body).toContain('2 Jan 2026, 10:00:00 UTC');
  });

  it('is read with its text escaped and its HTML in a sandboxed frame', async () => {
    const { body, headers } = await server.inject('/dev/mail/2-newer');
    expect(body).toContain('<pre>&#60;b&#62;plain&#60;/b&#62;</pre>');
    expect(body).toMatch(
      /<iframe[^>]*src="\/dev\/mail\/2-newer\/html"[^>]*sandbox="allow-top-navigation-by-user-activation"/,
    );
    expect(headers['content-security-policy']).toContain("frame-src 'self'");
  });

  it('runs no script even when its HTML is opened by itself', async () => {
    const { headers } = await server.inject('/dev/mail/2-newer/html');
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*sandbox(?!.*allow-scripts)/);
    expect(headers['x-frame-options']).toBe('SAMEORIGIN');
  });

  it.each(['/dev/mail/none', '/dev/mail/none/html'])('answers 404 at %s', async (path) => {
    expect((await server.inject(path)).statusCode).toBe(404);
  });
});
