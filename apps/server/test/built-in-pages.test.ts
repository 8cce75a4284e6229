import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const PAGES = [
  '/',
  '/register',
  '/login',
  '/forgot-password',
  '/verify-email',
  '/confirm-email',
  '/reset-password',
];

it.each(PAGES)(
  '%s is a page of its own, under a policy that allows nothing foreign or inline',
  async (path) => {
    const { status, headers, body } = await server.call('GET', path);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:/);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatch(/<html lang="en"/);
    expect(body).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
  },
);

it('what stands in the address is escaped', async () => {
  const hostile = `"><script>alert(1)</script>'`;
  for (const path of ['/register?referral=', '/verify-email?token=', '/reset-password?token=']) {
    const { body } = await server.call('GET', path + encodeURIComponent(hostile));
    expect(body).not.toContain('<script>alert');
    expect(body).toContain('&#60;script&#62;alert(1)');
  }
});

it('looking at the page of a mailed link does not spend its token', async () => {
  const { user } = await server.signUp();
  const token = await server.app.db
    .selectFrom('email_tokens')
    .select('id')
    .where('user_id', '=', user.id)
    .executeTakeFirstOrThrow();
  const mailed = server.app.tokenDeriver.emailToken(token.id);
  for (const method of ['GET', 'HEAD', 'OPTIONS']) await server.call(method, `/verify-email?token=${mailed}`);
  expect((await server.call('POST', '/api/verify-email', { body: { token: mailed } })).status).toBe(200);
});

describe('the files of the pages', () => {
  it.each([
    ['/assets/built-in.css', 'text/css; charset=utf-8'],
    ['/assets/built-in.js', 'text/javascript; charset=utf-8'],
    ['/assets/icon.svg', 'image/svg+xml'],
  ])('%s has its type and an ETag', async (path, type) => {
    const { status, headers } = await server.call('GET', path);
    expect([status, headers.get('content-type')]).toEqual([200, type]);
    const etag = headers.get('etag') ?? '';
    expect((await server.call('GET', path, { headers: { 'if-none-match': etag } })).status).toBe(304);
  });
});

it('with a frontend of its own the server has no such pages', async () => {
  const behind = await startTestServer({ env: { APP_URL: 'https://app.example.com' } });
  for (const path of PAGES) expect([path, (await behind.call('GET', path)).status]).toEqual([path, 404]);
  await behind.close();
});

it('mail is shown only while there is no SMTP server', async () => {
  expect((await server.call('GET', '/dev/mail.json')).status).toBe(404);
  const captured = await startTestServer({ env: { SMTP_URL: '', DATA_DIR: '/nonexistent' } });
  expect((await captured.call('GET', '/dev/mail.json')).body).toEqual([]);
  expect((await captured.call('GET', '/dev/mail')).status).toBe(200);
  await captured.close();
});
