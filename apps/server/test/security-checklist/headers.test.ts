import { type Endpoint, endpoints, subscriptions } from '@linkgrove/api';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  type Answer,
  fillPath,
  newPerson,
  PASSWORD,
  sendRaw,
  startInstance,
  startTestServer,
  usePerson,
  useTestServer,
} from '../kit/index.ts';

const server = useTestServer({
  env: { PUBLIC_URL: 'https://api.example.com', CORS_ORIGINS: 'https://app.example.com' },
});
const ada = usePerson(server);

const API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const common = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
};

function expectHeaders({ status, headers }: Answer, policy: string): void {
  for (const [name, value] of Object.entries({ ...common, 'content-security-policy': policy }))
    expect([status, name, headers.get(name)]).toEqual([status, name, value]);
  expect(headers.get('x-request-id')).toMatch(/^[\w-]{1,64}$/);
  for (const name of ['x-powered-by', 'server']) expect(headers.get(name)).toBeNull();
  const type = headers.get('content-type');
  if (type !== null) expect(type).toMatch(/; charset=utf-8$|^application\/json$/);
}

const answers: Record<string, () => Promise<Answer>> = {
  '200': () => server.get('/api/me', { token: ada.token }),
  '200 of tRPC': () => server.get('/trpc/account.me', { token: ada.token }),
  '200 of health': () => server.get('/healthz'),
  '200 of readiness': () => server.get('/readyz'),
  '200 of the keys': () => server.get('/.well-known/jwks.json'),
  '201': () => server.post('/api/register', newPerson()),
  '202': () => server.post('/api/forgot-password', { email: 'nobody@example.com' }),
  '204': () => server.post('/api/logout'),
  '204 of a preflight': () =>
    server.call('OPTIONS', '/api/login', {
      headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
    }),
  '302': () => server.get(`/r/${ada.user.referralCode}`),
  '400': () => server.post('/api/register', {}),
  '400 of what is not JSON': () => server.post('/api/register', '{'),
  '400 of a path that cannot be read': () => server.get('/%zz'),
  '400 of a tRPC path that cannot be read': () => server.get('/trpc/%zz'),
  '401': () => server.get('/api/me'),
  '401 of tRPC': () => server.get('/trpc/account.me'),
  '403': () => server.post('/api/logout', undefined, { headers: { origin: 'https://evil.example' } }),
  '404': () => server.get('/nowhere'),
  '404 of tRPC': () => server.get('/trpc/no.thing'),
  '405': () => server.get('/api/login'),
  '405 of tRPC': () => server.call('PUT', '/trpc/auth.login'),
  '409': () => server.post('/api/register', { ...newPerson(), email: ada.email }),
  '410': () => server.post('/api/verify-email', { token: 'x' }),
  '413': () => server.post('/api/register', 'x'.repeat(1_048_577)),
  '415': () => server.post('/api/register', 'x', { headers: { 'content-type': 'text/plain' } }),
  '422': () => server.post('/api/register', { ...newPerson(), referralCode: 'nobody-has-it' }),
};

it.each(Object.keys(answers))('H1 an answer of the API has all security headers: %s', async (name) => {
  const answer = (await answers[name]?.()) as Answer;
  expect(answer.status).toBe(Number(name.slice(0, 3)));
  expectHeaders(answer, API_POLICY);
});

it('H1 answers with 429, 500 and 503 have all security headers', async () => {
  const env = { PUBLIC_URL: 'https://api.example.com', RATE_LIMIT_GLOBAL: '8/1m' };
  const broken = await startTestServer({ env });
  const { token } = await broken.signUp();
  await sql`alter table referral_totals rename to elsewhere`.execute(broken.app.db);
  const unexpected = await broken.call('GET', '/api/referral-stats', { token });
  let limited = unexpected;
  while (limited.status !== 429) limited = await broken.call('GET', '/healthz');
  for (const answer of [unexpected, limited]) expectHeaders(answer, API_POLICY);
  expect(unexpected.status).toBe(500);
  await broken.close();

  const lonely = await startInstance('postgres://nobody@127.0.0.1:1/none', {
    PUBLIC_URL: 'https://api.example.com',
  });
  const down = await lonely.call('POST', '/api/login', { body: { identifier: 'x', password: 'y' } });
  expect(down.status).toBe(503);
  expectHeaders(down, API_POLICY);
  await lonely.close();
});

it('H1 a request that is not HTTP gets JSON with nosniff', async () => {
  for (const bytes of ['NONSENSE\r\n\r\n', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`]) {
    const answer = await sendRaw(server.url, bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer.toLowerCase()).toContain('content-type: application/');
    expect(answer.toLowerCase()).toContain('x-content-type-options: nosniff');
  }
});

describe('H2 a page', () => {
  it.each(['/register', '/verify-email', '/reset-password', '/confirm-email'])(
    '%s runs only its own script',
    async (path) => {
      const answer = await server.get(path);
      const policy = answer.headers.get('content-security-policy') as string;
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expectHeaders(answer, policy);
      expect(policy).toMatch(/^default-src 'none'; script-src 'self';/);
      expect(policy).not.toMatch(/unsafe-|\*|https?:|object-src/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("base-uri 'none'");
      expect(String(answer.body)).not.toMatch(/<script(?![^>]* src=)|\son\w+=|style="/);
    },
  );
});

it('H3 TRACE is refused, and a wrong method gets the list of allowed ones', async () => {
  for (const path of ['/', '/api/me', '/trpc/account.me', '/healthz']) {
    const answer = await sendRaw(
      server.url,
      `TRACE ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-canary: 42canary42\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 (404|405|501) /);
    expect(answer).not.toContain('42canary42');
  }
  for (const endpoint of endpoints) {
    const { rest } = endpoint;
    const path = fillPath(endpoint);
    const methods = endpoints
      .filter((other) => other.rest.path === rest.path)
      .map((other) => other.rest.method);
    const wrong = (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).find(
      (method) => !methods.includes(method),
    ) as string;
    const { status, headers } = await server.call(wrong, path);
    expect([path, status]).toEqual([path, 405]);
    for (const method of methods) expect(headers.get('allow')?.split(', ')).toContain(method);
  }
});

it.each([
  '/.git/config',
  '/.git/HEAD',
  '/.env',
  '/.env.production',
  '/package.json',
  '/pnpm-lock.yaml',
  '/assets/built-in.js.map',
  '/assets/../package.json',
  '/assets/..%2fpackage.json',
  '/.data/secrets.json',
  '/server-status',
  '/actuator/env',
  '/debug/pprof',
  '/api',
  '/trpc',
])('H4 %s is not found', async (path) => {
  expect((await server.get(path, { token: ada.token })).status).toBe(404);
});

it('H5 in production docs, metrics and the mailbox are off by default', async () => {
  const production = {
    NODE_ENV: 'production',
    BCRYPT_COST: '10',
    DATABASE_URL: server.databaseUrl,
    SMTP_URL: 'smtp://127.0.0.1:1',
    PUBLIC_URL: 'https://api.example.com',
    APP_URL: 'https://app.example.com',
  };
  const statuses = async (env: Record<string, string>) => {
    const instance = await startInstance(server.databaseUrl, { ...production, ...env });
    const seen: Record<string, number> = {};
    for (const path of [
      '/docs/',
      '/openapi.json',
      '/metrics',
      '/dev/mail',
      '/dev/mail.json',
      '/register',
      '/healthz',
    ])
      seen[path] = (await instance.get(path)).status;
    await instance.close();
    return seen;
  };
  const off = {
    '/docs/': 404,
    '/openapi.json': 404,
    '/metrics': 404,
    '/dev/mail': 404,
    '/dev/mail.json': 404,
  };
  expect(await statuses({})).toEqual({ ...off, '/register': 404, '/healthz': 200 });
  expect(await statuses({ DOCS: 'true', METRICS: 'true' })).toMatchObject({
    '/docs/': 200,
    '/openapi.json': 200,
    '/metrics': 200,
    '/dev/mail': 404,
  });
});

describe('H6 the API description', () => {
  type Operation = { operationId: string; security: unknown[] };

  it('lists every procedure, nothing else, and says whether each needs a session', async () => {
    const { body } = await server.get('/openapi.json');
    const described = Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(
      ([path, methods]) =>
        Object.entries(methods).map(
          ([method, { operationId, security }]) =>
            `${method.toUpperCase()} ${path} ${operationId} ${security.length > 0}`,
        ),
    );
    const line = ({ name, access, rest }: Endpoint) =>
      `${rest.method} ${rest.path} ${name} ${access !== 'public'}`;
    expect(described.toSorted()).toEqual([...endpoints, ...subscriptions].map(line).toSorted());
  });

  it('marks the operations that are refused without a session on both transports', async () => {
    for (const { name, access, procedure, rest } of endpoints) {
      if (access === 'public') continue;
      const path = fillPath({ rest });
      const trpc =
        procedure._def.type === 'query' ? server.get(`/trpc/${name}`) : server.post(`/trpc/${name}`, {});
      expect([name, (await server.call(rest.method, path)).status, (await trpc).status]).toEqual([
        name,
        401,
        401,
      ]);
    }
  });
});

it('H6 a password is accepted only by the login', async () => {
  const basic = `Basic ${Buffer.from(`${ada.username}:${PASSWORD}`).toString('base64')}`;
  expect((await server.get('/api/me', { headers: { authorization: basic } })).status).toBe(401);
});
