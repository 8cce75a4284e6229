import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureMail } from '@linkgrove/api';
import { type FastifyInstance, fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { devMailPlugin } from './dev-mail.ts';

const ATTACK = `"><script>alert('1')</script>`;
const ESCAPED = '&#34;&#62;&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;';

describe('captured mail', () => {
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

  it('is shown escaped in an inbox', async () => {
    const { body } = await server.inject('/dev/mail');
    expect(body.indexOf(ESCAPED)).toBeLessThan(body.indexOf('Older'));
    expect(body).toContain(ESCAPED);
    expect(body).not.toContain(ATTACK);
    expect(body).toContain('2 Jan 2026, 10:00:00 UTC');
  });

  it('is shown with its text escaped and its HTML in a sandboxed frame', async () => {
    const { body, headers } = await server.inject('/dev/mail/2-newer');
    expect(body).toContain('<pre>&#60;b&#62;plain&#60;/b&#62;</pre>');
    expect(body).toMatch(
      /<iframe[^>]*src="\/dev\/mail\/2-newer\/html"[^>]*sandbox="allow-top-navigation-by-user-activation"/,
    );
    expect(headers['content-security-policy']).toContain("frame-src 'self'");
  });

  it('runs no script even when its HTML is opened directly', async () => {
    const { headers } = await server.inject('/dev/mail/2-newer/html');
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*sandbox(?!.*allow-scripts)/);
    expect(headers['x-frame-options']).toBe('SAMEORIGIN');
  });

  it.each(['/dev/mail/none', '/dev/mail/none/html'])('that does not exist gets 404 at %s', async (path) => {
    expect((await server.inject(path)).statusCode).toBe(404);
  });
});
