import { createTRPCClient, httpBatchStreamLink, TRPCClientError } from '@trpc/client';
import type { AppRouter } from '@linkgrove/api/contract';
import { describe, expect, it } from 'vitest';
import { range, useTestServer, wrongLogin } from '../kit/index.ts';

const server = useTestServer({ env: { RATE_LIMIT_LOGIN: '2/15m' } });

const STREAMING = [
  { 'trpc-accept': 'application/jsonl' },
  { 'trpc-accept': 'APPLICATION/JSONL' },
  { 'trpc-accept': 'text/event-stream' },
  { accept: 'application/jsonl' },
  { accept: 'text/html, application/jsonl;q=0.5' },
  { accept: 'text/event-stream' },
];

describe.each(STREAMING)('A13.9 a call that asks for a stream with %j', (headers) => {
  it.each(['/trpc/auth.logout', '/trpc/auth.logout?batch=1', '/trpc/auth.refresh?batch=1', '/trpc/nothing'])(
    'is refused at %s before anything runs',
    async (path) => {
      const { token, cookie } = await server.signUp();
      const answer = await server.post(path, {}, { headers: { ...headers, cookie } });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        406,
        'application/json; charset=utf-8',
      ]);
      expect(answer.body.error.data).toMatchObject({
        status: 406,
        code: 'NOT_ACCEPTABLE',
        detail: 'Streaming is not supported; accept application/json',
        requestId: answer.headers.get('x-request-id'),
      });
      expect(answer.cookies).toEqual({});
      expect((await server.get('/api/me', { token })).status).toBe(200);
    },
  );
});

it('A13.9 a GET that asks for a stream is refused too', async () => {
  const headers = { 'trpc-accept': 'application/jsonl' };
  expect((await server.get('/trpc/account.me?batch=1&input=%7B%7D', { headers })).status).toBe(406);
});

it.each([
  {},
  { accept: '*/*' },
  { accept: 'application/json' },
  { 'trpc-accept': 'application/json' },
  { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
])('A13.9 any other call is answered as JSON, with cookies and headers: %j', async (headers) => {
  const { cookie } = await server.signUp();
  const signedOut = await server.post('/trpc/auth.logout?batch=1', {}, { headers: { ...headers, cookie } });
  expect([signedOut.status, Object.keys(signedOut.cookies)]).toEqual([
    200,
    ['access_token', 'refresh_token', 'linkgrove_session'],
  ]);
  const name = `nobody${JSON.stringify(headers).length}`;
  const tries = [];
  for (const _ of range(3))
    tries.push(await server.post('/trpc/auth.login?batch=1', { 0: wrongLogin(name) }, { headers }));
  expect(tries.at(-1)?.status).toBe(429);
  expect(Number(tries.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0);
});

it('A13.9 the streaming link of the tRPC client fails with a clear message', async () => {
  const client = createTRPCClient<AppRouter>({ links: [httpBatchStreamLink({ url: `${server.url}/trpc` })] });
  const error = await client.auth.logout.mutate().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TRPCClientError);
});
