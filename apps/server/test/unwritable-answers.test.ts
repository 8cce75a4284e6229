import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { createServer } from '../src/server.ts';
import { sendRaw, useTestServer } from './kit/index.ts';

const server = useTestServer();

type Change = (server: FastifyInstance) => void;

/** Makes a server of the same app, changed before its routes are added; returns its URL. */
async function startBrokenServer(change: Change): Promise<{ url: string; close: () => Promise<void> }> {
  const onInitialization = (message: unknown) => change((message as { fastify: FastifyInstance }).fastify);
  subscribe('fastify.initialization', onInitialization);
  const http = await createServer(server.app);
  unsubscribe('fastify.initialization', onInitialization);
  return { url: await http.listen({ host: '127.0.0.1', port: 0 }), close: () => http.close() };
}

const setUnwritableEtag: Change = (http) =>
  void http.addHook('onRequest', async (_request, reply) => void reply.header('etag', '"🎉"'));
const setUnwritableEtagOfRedirects: Change = (http) =>
  void http.addHook('onRequest', async ({ url }, reply) => {
    if (url.startsWith('/r/')) reply.header('etag', '"🎉"');
  });
/** Even an answer that reports the failure cannot be written. */
const alwaysAddUnwritable: Change = (http) =>
  void http.addHook('onSend', async (_request, reply) => void reply.header('x-odd', 'a\nb'));

const expectProblem = async (response: Response, status: number) => {
  const body = (await response.json()) as Record<string, unknown>;
  const id = response.headers.get('x-request-id');
  expect(id).toMatch(/^[\w-]{1,64}$/);
  expect(response.status).toBe(status);
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(JSON.stringify(body)).not.toMatch(/ERR_|header|🎉/i);
  return { body, id };
};

describe('an answer whose head cannot be written', () => {
  it('is a problem with a request ID and the security headers: a redirect', async () => {
    const broken = await startBrokenServer(setUnwritableEtagOfRedirects);
    const { user } = await server.signUp();
    const response = await fetch(`${broken.url}/r/${user.referralCode}`, { redirect: 'manual' });
    const { body, id } = await expectProblem(response, 500);
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(response.headers.get('location')).toBeNull();
    expect(body).toMatchObject({ status: 500, code: 'INTERNAL', requestId: id });
    await broken.close();
  });

  it.each([
    ['/api/me', 'application/problem+json; charset=utf-8'],
    ['/healthz', 'application/problem+json; charset=utf-8'],
    ['/api/no/such/path', 'application/problem+json; charset=utf-8'],
    ['/readyz', 'application/problem+json; charset=utf-8'],
    ['/trpc/account.me', 'application/json; charset=utf-8'],
  ])('is a problem, whatever the route: %s', async (path, type) => {
    const broken = await startBrokenServer(setUnwritableEtag);
    const { token } = await server.signUp();
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${broken.url}${path}`, { headers });
    const isNotFound = path.includes('such');
    const { body } = await expectProblem(response, isNotFound ? 404 : 500);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('etag')).toBeNull();
    expect(JSON.stringify(body)).toContain(isNotFound ? '"NOT_FOUND"' : '"INTERNAL"');
    await broken.close();
  });

  it.each(['/api/public/pages/nobody', '/@nobody', '/readyz', '/nowhere', '/trpc/account.me'])(
    'is a problem even if a hook breaks every answer: %s',
    async (path) => {
      const broken = await startBrokenServer(alwaysAddUnwritable);
      const response = await fetch(`${broken.url}${path}`);
      expect(response.headers.get('x-odd')).toBeNull();
      expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      await expectProblem(response, 500);
      await broken.close();
    },
  );

  it('leaves the connection usable', async () => {
    const broken = await startBrokenServer(setUnwritableEtagOfRedirects);
    const { user } = await server.signUp();
    const answer = await sendRaw(
      broken.url,
      `GET /r/${user.referralCode} HTTP/1.1\r\nhost: x\r\n\r\nGET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 500 [^]*HTTP\/1\.1 200 /);
    await broken.close();
  });
});

it('an error has no header of the answer that failed: it is not cached, redirects nowhere and has no ETag', async () => {
  const { status, headers } = await server.get('/sitemap.xml?after=not-an-id');
  expect([status, headers.get('cache-control'), headers.get('content-type')]).toEqual([
    404,
    'no-store',
    'application/problem+json; charset=utf-8',
  ]);
});
