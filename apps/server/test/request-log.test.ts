import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { findFreePort, testEnv } from '@linkgrove/api/testing';
import { cloneDatabase } from '@linkgrove/db/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Client, createClient, newHandle, type SignedUp } from './kit/index.ts';

// Runs the real program, since its log goes to its standard output.

type Line = { msg?: string; requestId?: string; method: string; path: string; status: number; ms: number };

const root = new URL('../../..', import.meta.url).pathname;
let program: ChildProcess;
let ended: Promise<unknown>;
let drop: () => Promise<void>;
let client: Client;
let ada: SignedUp;
let pageId: string;
let output = '';

beforeAll(async () => {
  const database = await cloneDatabase(inject('databaseServerUrl'));
  ({ drop } = database);
  const port = await findFreePort();
  const env = testEnv({ PORT: String(port), DATABASE_URL: database.url, LOG_LEVEL: 'debug' });
  program = spawn(process.execPath, ['apps/server/src/main.ts'], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  program.stdout?.on('data', (chunk) => (output += String(chunk)));
  ended = once(program, 'close');
  await once(program, 'message');
  client = createClient(`http://127.0.0.1:${port}`);
  ada = await client.signUp();
  const page = await client.post('/api/pages', { handle: newHandle(), title: 'Ada' }, { token: ada.token });
  pageId = page.body.id;
});
afterAll(async () => {
  program.kill('SIGTERM');
  await ended;
  await drop();
});

it('every answer has one log line with its status, however it is sent', async () => {
  const origin = { origin: 'http://localhost:5173', 'access-control-request-method': 'GET' };
  const requests = [
    { what: 'an output', method: 'GET', path: '/api/me', status: 200 },
    {
      what: 'a change',
      method: 'PATCH',
      path: `/api/pages/${pageId}`,
      body: { title: 'Ada L.' },
      status: 200,
    },
    { what: 'a problem', method: 'GET', path: '/api/admin/users', status: 403 },
    { what: 'an unknown path', method: 'GET', path: '/api/nowhere', status: 404 },
    { what: 'a refused body', method: 'POST', path: '/api/pages', body: '{', status: 400 },
    { what: 'a head', method: 'HEAD', path: '/api/me', status: 200 },
    { what: 'a preflight', method: 'OPTIONS', path: '/api/me', headers: origin, status: 204 },
    { what: 'a redirect', method: 'GET', path: `/r/${ada.user.referralCode}`, status: 302 },
    { what: 'a call of tRPC', method: 'GET', path: '/trpc/account.me', status: 200 },
    { what: 'a failed call', method: 'GET', path: '/trpc/pages.get?input=%7B%7D', status: 400 },
    { what: 'a batch', method: 'GET', path: '/trpc/account.me,account.me?batch=1&input=%7B%7D', status: 200 },
    { what: 'health', method: 'GET', path: '/healthz', status: 200 },
    { what: 'an answer without a body', method: 'DELETE', path: `/api/pages/${pageId}`, status: 204 },
  ];
  // A live feed ends when its client leaves.
  const controller = new AbortController();
  const live = await fetch(`${client.url}/api/pages/${pageId}/analytics/live`, {
    headers: { authorization: `Bearer ${ada.token}`, 'x-request-id': 'live' },
    signal: controller.signal,
  });
  await live.body?.getReader().read();
  controller.abort();

  for (const [index, { method, path, body, headers }] of requests.entries())
    await client.call(method, path, {
      ...(body !== undefined && { body }),
      token: ada.token,
      headers: { ...headers, 'x-request-id': `kind-${index}` },
    });
  for (const last of ['live', `kind-${requests.length - 1}`])
    await expect.poll(() => output).toContain(`"requestId":"${last}"`);
  const lines = output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line)
    .filter(({ msg }) => msg === 'request');
  const found = requests.map(({ what, method }, index) => ({
    what,
    lines: lines
      .filter(({ requestId }) => requestId === `kind-${index}`)
      .map(({ status }) => ({ method, status })),
  }));
  expect(found).toEqual(requests.map(({ what, method, status }) => ({ what, lines: [{ method, status }] })));
  expect(lines.filter(({ requestId }) => requestId === 'live')).toMatchObject([
    { method: 'GET', path: `/api/pages/${pageId}/analytics/live`, status: 200, ms: expect.any(Number) },
  ]);
});
