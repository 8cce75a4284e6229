import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPerson, sendRaw, type SignedUp, startTestServer, type TestServer } from '../kit/index.ts';

const LEAK = /referral_totals|elsewhere|relation|select |postgres|stack|node_modules|\.ts\b|\/work|\/home/i;
const isProblem = {
  type: expect.stringContaining('urn:'),
  title: expect.any(String),
  detail: expect.any(String),
  code: expect.any(String),
};

describe('an unexpected failure', () => {
  let server: TestServer;
  let ada: SignedUp;
  beforeAll(async () => {
    server = await startTestServer();
    ada = await server.signUp();
    await sql`alter table referral_totals rename to elsewhere`.execute(server.app.db);
  });
  afterAll(() => server.close());

  it.each([
    ['REST', '/api/referral-stats'],
    ['tRPC', '/trpc/referrals.stats?input=%7B%7D'],
    [
      'a batch',
      '/trpc/referrals.stats,referrals.stats?batch=1&input=%7B%220%22%3A%7B%7D%2C%221%22%3A%7B%7D%7D',
    ],
  ])('O1 reveals nothing about its cause over %s', async (_case, path) => {
    const response = await fetch(`${server.url}${path}`, {
      headers: { authorization: `Bearer ${ada.token}` },
    });
    const text = await response.text();
    expect(text).toContain('INTERNAL');
    expect(text).toContain('Something went wrong on our side.');
    expect(text).not.toMatch(LEAK);
  });

  it('O4 during the session check lets nobody in', async () => {
    await sql`alter table sessions rename to sessions_elsewhere`.execute(server.app.db);
    server.app.cache('sessions').invalidate('');
    const eve = { cookie: ada.cookie };
    await expect.poll(async () => (await server.call('GET', '/api/me', eve)).status).toBe(500);
    for (const answer of [
      await server.call('GET', '/trpc/account.me', eve),
      await server.call('GET', '/api/sessions', { token: ada.token }),
      await server.call('POST', '/api/refresh', eve),
      await server.call('POST', '/api/login', {
        body: { identifier: ada.username, password: 'correct-horse-battery' },
      }),
    ]) {
      expect(answer.status).toBe(500);
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(JSON.stringify(answer.body)).not.toContain(ada.email);
    }
    await sql`alter table sessions_elsewhere rename to sessions`.execute(server.app.db);
    expect((await server.call('GET', '/api/me', eve)).status).toBe(200);
  });
});

describe('an error answer', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  it.each<[string, string, string, unknown]>([
    ['POST', '/api/register', 'auth.register', {}],
    ['POST', '/api/login', 'auth.login', { identifier: 'nobody', password: 'x' }],
    ['POST', '/api/verify-email', 'auth.verifyEmail', { token: 'x' }],
    ['POST', '/api/register', 'auth.register', { ...newPerson(), referralCode: 'nobody-has-it' }],
    ['POST', '/api/logout', 'auth.logout', { x: 1 }],
    ['POST', '/api/login', 'auth.login', '{'],
  ])(
    'O2 is problem details over REST and contains the same over tRPC: %s %s',
    async (method, path, name, body) => {
      const headers = { 'x-request-id': 'same-for-both' };
      const rest = await server.call(method, path, { body, headers });
      expect(rest.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(rest.body).toMatchObject({ ...isProblem, status: rest.status, requestId: 'same-for-both' });
      const trpc = await server.call('POST', `/trpc/${name}`, { body, headers });
      expect(trpc.status).toBe(rest.status);
      expect(trpc.body.error.data).toMatchObject(rest.body);
    },
  );

  it('O3 has a request ID, like every answer, and uses a client’s own only if it is harmless', async () => {
    const answers = [
      await server.call('GET', '/healthz'),
      await server.call('GET', '/nowhere'),
      await server.call('GET', '/%zz'),
      await server.call('POST', '/api/login', { body: 'x'.repeat(1_048_577) }),
      await server.call('POST', '/trpc/auth.login', { body: '{' }),
      await server.call('OPTIONS', '/api/login'),
    ];
    for (const { status, headers, body } of answers) {
      const id = headers.get('x-request-id');
      expect([status, id]).toEqual([status, expect.stringMatching(/^[\w-]{1,64}$/)]);
      if (status >= 400) expect((body.error?.data ?? body).requestId).toBe(id);
    }
    for (const [given, kept] of [
      ['trace-42_A', true],
      ['x'.repeat(64), true],
      ['x'.repeat(65), false],
      ['a b', false],
      ['a;b', false],
      ['"level"', false],
      ['ä', false],
    ] as const) {
      const { headers } = await server.call('GET', '/healthz', { headers: { 'x-request-id': given } });
      expect([given, headers.get('x-request-id') === given]).toEqual([given, kept]);
    }
  });

  it('O3 has a request ID even when the request cannot be parsed', async () => {
    for (const bytes of [
      'NONSENSE\r\n\r\n',
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    ]) {
      const answer = await sendRaw(server.url, bytes);
      expect(answer).toMatch(/^x-request-id: [\w-]{1,64}\r$/im);
    }
  });
});
