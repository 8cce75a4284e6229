import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createServer } from '../../src/server.ts';
import { BODY_MS } from '../../src/plugins/body-deadline.ts';
import { PASSWORD, range, readStatuses, sendRaw, startTestServer, useTestServer } from '../kit/index.ts';

const server = useTestServer();

it('B1 a storm of sign-ins gets 503 for the excess, and everyone else is served meanwhile', async () => {
  const costly = await startTestServer({ env: { BCRYPT_COST: '10' } });
  const { token } = await costly.signUp();
  const failLogin = (n: number) => costly.login(`name${n}`, 'not-the-password');
  const storm = Promise.all(range(250).map(failLogin));
  const others = [];
  for (const _ of range(20)) others.push((await costly.call('GET', '/api/me', { token })).status);
  expect(new Set(others)).toEqual(new Set([200]));
  const answers = await storm;
  const busy = answers.filter(({ status }) => status === 503);
  expect(busy.length).toBeGreaterThan(0);
  for (const { status, body, headers } of answers) {
    expect([401, 503]).toContain(status);
    if (status === 503)
      expect([body.code, Number(headers.get('retry-after')) > 0]).toEqual(['UNAVAILABLE', true]);
  }
  expect((await failLogin(1)).status).toBe(401);
  await costly.close();
});

it('B2 the limits apply before parsing and hashing', async () => {
  const strict = await startTestServer({ env: { RATE_LIMIT_GLOBAL: '5/1m', RATE_LIMIT_LOGIN: '2/15m' } });
  let hashings = 0;
  const { verify } = strict.app.passwords;
  strict.app.passwords.verify = (...args) => {
    hashings += 1;
    return verify(...args);
  };
  const sendLogin = (body: unknown) => strict.post('/api/login', body);
  for (const n of range(5)) await sendLogin({ identifier: `name${n}`, password: 'x' });
  expect(hashings).toBe(2);
  for (const body of ['{', '['.repeat(100_000), 'x'.repeat(100_000)])
    expect((await sendLogin(body)).status).toBe(429);
  await strict.close();
});

it('B3 slow headers time out after ten seconds and slow bodies after thirty, and the server checks often enough', async () => {
  const http = await createServer(server.app);
  const { headersTimeout, requestTimeout, keepAliveTimeout } = http.server;
  // How often Node checks for slow requests; its default is 30 seconds.
  const { connectionsCheckingInterval } = http.server as unknown as { connectionsCheckingInterval: number };
  expect(headersTimeout + connectionsCheckingInterval).toBeLessThanOrEqual(12_000);
  expect([headersTimeout, requestTimeout, keepAliveTimeout].every((ms) => ms > 0)).toBe(true);
  await http.close();
  // Only an upload may take longer, up to `requestTimeout`; see body-deadline.ts.
  expect(BODY_MS).toBeLessThanOrEqual(30_000);
  const head = 'HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{';
  for (const answer of await Promise.all(
    ['/api/login', '/trpc/auth.login'].map((path) => sendRaw(server.url, `POST ${path} ${head}`)),
  ))
    expect(readStatuses(answer)).toEqual([408]);
}, 60_000);

it('B3 hundreds of silent or slow connections keep nobody out', async () => {
  const { port } = new URL(server.url);
  const sockets: Socket[] = [];
  await Promise.all(
    range(500).map(
      (n) =>
        new Promise<void>((resolve, reject) => {
          const socket = connect(Number(port), '127.0.0.1', () => {
            if (n % 3 === 1) socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\nx-');
            if (n % 3 === 2)
              socket.write('POST /api/login HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{');
            resolve();
          });
          socket.on('error', reject);
          sockets.push(socket);
        }),
    ),
  );
  expect((await server.call('GET', '/readyz')).status).toBe(200);
  const { token } = await server.signUp();
  expect((await server.call('GET', '/api/me', { token })).status).toBe(200);
  for (const socket of sockets) socket.destroy();
});

it('B3 a client that stalls in the middle of a request does not keep the server from stopping', async () => {
  const http = await createServer(server.app);
  const url = new URL(await http.listen({ host: '127.0.0.1', port: 0 }));
  const socket = connect(Number(url.port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    'POST /api/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{',
  );
  await expect.poll(async () => (await fetch(new URL('/healthz', url))).status).toBe(200);
  let isClosed = false;
  const closed = http.close().then(() => (isClosed = true));
  // The body itself has twenty seconds.
  await expect
    .poll(() => isClosed, { timeout: 12_000 })
    .toBe(true)
    .finally(() => socket.destroy());
  await closed;
});

it('B4 a compressed body is not unpacked', async () => {
  const bomb = gzipSync(JSON.stringify({ identifier: 'x'.repeat(50_000_000), password: 'x' }));
  for (const path of ['/api/login', '/trpc/auth.login']) {
    for (const encoding of ['gzip', 'deflate', 'br']) {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      const { status } = await fetch(`${server.url}${path}`, { method: 'POST', body: bomb, headers });
      expect([400, 413, 415]).toContain(status);
    }
  }
});

it.each(['accept', 'cookie', 'user-agent', 'x-forwarded-for', 'accept-language'])(
  'B4 a %s header of 32 kB is refused',
  async (name) => {
    expect((await server.call('GET', '/healthz', { headers: { [name]: 'x'.repeat(32_768) } })).status).toBe(
      431,
    );
  },
);

it('B5 a statement that waits too long is cancelled in the database, and its request gets 503', async () => {
  const { username } = await server.signUp();
  const { db } = server.app;
  await db.transaction().execute(async (trx) => {
    await sql`lock table sign_in_throttles in access exclusive mode`.execute(trx);
    const body = { identifier: username, password: PASSWORD };
    const answer = await server.call('POST', '/api/login', { body });
    expect(answer).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    const { rows } = await sql`
      select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(trx);
    expect(rows).toEqual([]);
  });
  const { status } = await server.call('POST', '/api/login', {
    body: { identifier: username, password: PASSWORD },
  });
  expect(status).toBe(200);
});
