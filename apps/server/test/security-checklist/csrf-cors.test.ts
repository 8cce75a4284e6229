import { type Endpoint, endpoints } from '@linkgrove/api';
import { describe, expect, it } from 'vitest';
import { fillPath, newPerson, PASSWORD, usePerson, useTestServer } from '../kit/index.ts';

const server = useTestServer({
  env: {
    APP_URL: 'https://app.example.com',
    CORS_ORIGINS: 'https://app.example.com,https://admin.example.com',
  },
});
const ada = usePerson(server);

const isMutation = ({ procedure }: Endpoint) => procedure._def.type === 'mutation';
const mutations = endpoints.filter(isMutation);

/** Everything that a request could have changed. */
async function readState(): Promise<string> {
  const { db } = server.app;
  const tables = [
    'users',
    'sessions',
    'refresh_tokens',
    'outbox',
    'referral_links',
    'security_events',
  ] as const;
  const rows = await Promise.all(tables.map((table) => db.selectFrom(table).selectAll().execute()));
  return JSON.stringify(rows, (key, value: unknown) => (key === 'last_used_at' ? undefined : value));
}

describe('X1 a foreign page cannot make a browser run', () => {
  it.each(mutations.map((endpoint) => [endpoint.name, endpoint] as const))('%s', async (name, endpoint) => {
    const before = await readState();
    const headers = { origin: 'https://evil.example', cookie: ada.cookie };
    const answers = [
      await server.call(endpoint.rest.method, fillPath(endpoint), { headers, body: {} }),
      await server.call(endpoint.rest.method, fillPath(endpoint), { headers }),
      await server.post(`/trpc/${name}`, {}, { headers }),
      await server.post(`/trpc/${name}?batch=1`, { 0: {} }, { headers }),
      await server.post(`/trpc/account.me,${name}?batch=1`, { 0: {}, 1: {} }, { headers }),
    ];
    for (const { status, body } of answers) {
      const problem = body.error?.data ?? body;
      expect([status, problem.code]).toEqual([403, 'CSRF_REJECTED']);
    }
    expect(await readState()).toBe(before);
  });
});

it.each([
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { origin: 'null' },
  { origin: '' },
  { origin: 'https://app.example.com.evil.com' },
  { origin: 'https://evilapp.example.com' },
  { origin: 'https://evil.com/https://app.example.com' },
  { origin: 'http://app.example.com' },
  { origin: 'https://app.example.com:8443' },
  { origin: 'https://APP.example.com' },
  { origin: 'https://app.example.com, https://evil.example' },
  { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
])('X2 an origin that only resembles ours is foreign: %j', async (headers) => {
  for (const path of ['/api/logout', '/trpc/auth.logout']) {
    expect((await server.post(path, undefined, { headers: { ...headers, cookie: ada.cookie } })).status).toBe(
      403,
    );
  }
  expect((await server.call('GET', '/api/me', { cookie: ada.cookie })).status).toBe(200);
});

it.each([
  ['https://evil.example', 'Origin not allowed: https://evil.example; check APP_URL and CORS_ORIGINS'],
  ['null', 'Origin not allowed: null; check APP_URL and CORS_ORIGINS'],
  [`https://${'a'.repeat(300)}.example`, `Origin not allowed: https://${'a'.repeat(192)}; check`],
  [undefined, 'Origin not allowed; check APP_URL and CORS_ORIGINS'],
])('X2 the answer names the foreign origin %s', async (origin, detail) => {
  const headers = { 'sec-fetch-site': 'cross-site', ...(origin !== undefined && { origin }) };
  const { body } = await server.post('/api/logout', undefined, { headers });
  expect(body.detail).toContain(detail);
});

it('X3 a request with neither Origin nor Sec-Fetch-Site is not from a browser and is accepted', async () => {
  const { cookie } = await server.signUp();
  expect((await server.post('/api/logout', undefined, { cookie })).status).toBe(204);
});

describe('X4 the content type', () => {
  const withoutInput = endpoints.filter(
    (endpoint) =>
      isMutation(endpoint) && !endpoint.rest.path.includes('{') && endpoint.rest.method === 'POST',
  );
  const types = [
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'text/plain',
    'text/plain;application/json',
    'APPLICATION/JSON',
    'application/json; charset=utf-16',
    undefined,
  ];

  it.each(types)('%s does not help a foreign page', async (type) => {
    for (const { name, rest } of withoutInput) {
      for (const path of [rest.path, `/trpc/${name}`]) {
        const response = await fetch(`${server.url}${path}`, {
          method: 'POST',
          headers: {
            origin: 'https://evil.example',
            cookie: ada.cookie,
            ...(type && { 'content-type': type }),
          },
          body: new Blob(['--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n']),
        });
        expect([path, response.status]).toEqual([path, 403]);
      }
    }
    expect((await server.call('GET', '/api/me', { cookie: ada.cookie })).status).toBe(200);
  });

  it.each(types.slice(0, 4))('%s runs nothing even from our own pages', async (type) => {
    for (const path of ['/api/logout', '/trpc/auth.logout', '/api/refresh', '/trpc/sessions.endOthers']) {
      const headers = {
        origin: 'https://app.example.com',
        cookie: ada.cookie,
        'content-type': type as string,
      };
      expect((await server.post(path, '--x--\r\n', { headers })).status).toBe(415);
    }
    expect((await server.call('GET', '/api/me', { cookie: ada.cookie })).status).toBe(200);
  });
});

describe('X5 a safe method changes nothing', () => {
  it.each(mutations.map((endpoint) => [endpoint.name, endpoint] as const))(
    'for %s by GET, HEAD or OPTIONS',
    async (name, endpoint) => {
      const before = await readState();
      const input = encodeURIComponent('{}');
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        await server.call(method, fillPath(endpoint), { cookie: ada.cookie });
        await server.call(method, `/trpc/${name}?input=${input}`, { cookie: ada.cookie });
        await server.call(method, `/trpc/${name}?batch=1&input=${encodeURIComponent('{"0":{}}')}`, {
          cookie: ada.cookie,
        });
      }
      expect(await readState()).toBe(before);
    },
  );

  it('when a header or parameter asks for another method', async () => {
    for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
      const headers = { [name]: 'POST' };
      expect((await server.call('GET', '/api/logout', { cookie: ada.cookie, headers })).status).toBe(405);
      const deleting = { [name]: 'DELETE' };
      expect(
        (await server.post('/api/me', { password: PASSWORD }, { cookie: ada.cookie, headers: deleting }))
          .status,
      ).toBe(405);
    }
    const query = await server.call('GET', '/api/logout?_method=POST', { cookie: ada.cookie });
    expect(query.status).toBe(405);
    expect((await server.call('GET', '/api/me', { cookie: ada.cookie })).status).toBe(200);
  });
});

it('X6 a foreign page cannot sign anyone in or up, or start a reset', async () => {
  const headers = { origin: 'https://evil.example' };
  const bodies = {
    '/api/login': { identifier: ada.username, password: PASSWORD },
    '/api/register': newPerson(),
    '/api/forgot-password': { email: ada.email },
    '/api/reset-password': { token: 'x', password: 'another-horse-battery' },
    '/api/verify-email': { token: 'x' },
  };
  for (const [path, body] of Object.entries(bodies)) {
    const answer = await server.post(path, body, { headers });
    expect([path, answer.status, answer.headers.getSetCookie()]).toEqual([path, 403, []]);
  }
});

describe('X7 CORS', () => {
  const preflight = (origin: string) =>
    server.call('OPTIONS', '/api/login', { headers: { origin, 'access-control-request-method': 'POST' } });
  const read = (origin: string) => server.call('GET', '/api/me', { cookie: ada.cookie, headers: { origin } });

  it.each([
    'https://evil.example',
    'null',
    'https://app.example.com.evil.com',
    'http://app.example.com',
    '*',
  ])('gives %s no permission', async (origin) => {
    for (const answer of [await preflight(origin), await read(origin)])
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each(['https://app.example.com', 'https://admin.example.com'])(
    'answers %s with exactly that origin',
    async (origin) => {
      for (const answer of [await preflight(origin), await read(origin)]) {
        expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
        expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
        expect(answer.headers.get('vary')).toMatch(/\bOrigin\b/i);
      }
    },
  );

  it.each([
    ['/api/me', {}],
    ['/trpc/account.me', {}],
    ['/trpc/account.me,account.me?batch=1', {}],
    ['/trpc/no.such', {}],
    ['/trpc/account.me', { 'trpc-accept': 'application/jsonl' }],
  ])('marks %s as varying by origin for caches, even without an Origin header: %j', async (path, headers) => {
    const answer = await server.call('GET', path, { cookie: ada.cookie, headers });
    expect(answer.headers.get('vary')).toMatch(/\bOrigin\b/i);
  });
});
