import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { newPerson, PASSWORD, sendRaw, usePerson, useTestServer } from './kit/index.ts';

const server = useTestServer({
  env: {
    APP_URL: 'https://app.example.com',
    CORS_ORIGINS: 'https://app.example.com,https://admin.example.com',
  },
});
const ada = usePerson(server);

describe('cross-site requests', () => {
  const foreign = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'https://app.example.com.evil.example' },
    { origin: 'http://app.example.com' },
    { origin: 'https://app.example.com:444' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ];
  it.each(foreign)('are refused before anything runs: %j', async (headers) => {
    const paths = [
      '/api/logout',
      '/api/register',
      '/api/login',
      '/trpc/auth.logout',
      '/trpc/auth.register',
      '/nowhere',
    ];
    for (const path of paths) {
      const { status, body } = await server.post(path, {}, { headers: { ...headers, cookie: ada.cookie } });
      const problem = body.error?.data ?? body;
      expect([path, status, problem.code]).toEqual([path, 403, 'CSRF_REJECTED']);
    }
    expect((await server.call('GET', '/api/me', { cookie: ada.cookie })).status).toBe(200);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'APPLICATION/JSON',
  ])('are refused whatever their content type: %s', async (type) => {
    for (const path of ['/api/logout', '/trpc/auth.logout']) {
      const headers = { origin: 'https://evil.example', 'content-type': type, cookie: ada.cookie };
      expect((await server.post(path, 'x', { headers })).status).toBe(403);
    }
  });

  it('from allowed origins, and requests from no browser, are accepted', async () => {
    const body = { identifier: ada.username, password: PASSWORD };
    for (const origin of ['https://app.example.com', 'https://admin.example.com', 'http://localhost:3000']) {
      expect(
        (await server.post('/api/login', body, { headers: { origin, 'sec-fetch-site': 'same-site' } }))
          .status,
      ).toBe(200);
    }
    expect((await server.post('/api/login', body)).status).toBe(200);
    expect(
      (await server.post('/api/login', body, { headers: { 'sec-fetch-site': 'same-origin' } })).status,
    ).toBe(200);
  });

  it('never run a mutation by GET or multipart', async () => {
    expect((await server.call('GET', '/trpc/auth.logout', { cookie: ada.cookie })).status).toBe(405);
    expect((await server.call('GET', '/api/logout', { cookie: ada.cookie })).status).toBe(405);
    const headers = { 'content-type': 'multipart/form-data; boundary=x', cookie: ada.cookie };
    const multipart = await server.post('/trpc/auth.logout', '--x--\r\n', { headers });
    expect([multipart.status, multipart.body.error.data.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect((await server.call('GET', '/api/me', { cookie: ada.cookie })).status).toBe(200);
  });
});

describe('CORS', () => {
  const preflight = (origin: string) =>
    server.call('OPTIONS', '/api/login', { headers: { origin, 'access-control-request-method': 'POST' } });

  it('lets allowed origins read answers and send cookies', async () => {
    const { headers, status } = await preflight('https://admin.example.com');
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('https://admin.example.com');
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('vary')).toContain('Origin');
  });

  it('gives other origins no permission', async () => {
    for (const origin of ['https://evil.example', 'null']) {
      expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

describe('every answer', () => {
  const answers = () =>
    Promise.all([
      server.call('GET', '/api/me', { token: ada.token }),
      server.call('GET', '/api/me'),
      server.call('GET', '/healthz'),
      server.call('GET', '/nowhere'),
      server.call('GET', '/trpc/nowhere'),
      server.call('GET', '/%zz'),
      server.post('/api/register', { email: 1 }),
      server.post('/api/register', 'x'.repeat(1_048_577), {
        headers: { 'content-type': 'application/json' },
      }),
    ]);

  it('carries the security headers and a request id', async () => {
    for (const { status, headers } of await answers()) {
      expect([status, headers.get('x-content-type-options')]).toEqual([status, 'nosniff']);
      expect(headers.get('x-request-id')).toMatch(/^[\w-]{1,64}$/);
      expect(headers.get('content-type')).toMatch(/; charset=utf-8$|^application\/json$/);
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });

  it('that reports a failure is problem details with the answer’s status and request ID', async () => {
    for (const { status, headers, body } of await answers()) {
      if (status < 400) continue;
      const problem = body.error?.data ?? body;
      expect(problem).toMatchObject({
        status,
        type: expect.stringContaining('urn:'),
        title: expect.any(String),
        detail: expect.any(String),
      });
      expect(problem.requestId).toBe(headers.get('x-request-id'));
      if (!body.error) expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    }
  });

  it('uses the client’s request ID only if it is harmless', async () => {
    const idFor = async (id: string) =>
      (await server.call('GET', '/healthz', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idFor('trace-42_a')).toBe('trace-42_a');
    for (const id of ['a b', 'x'.repeat(65), '{"level":60}']) expect(await idFor(id)).not.toBe(id);
  });
});

describe('a request body', () => {
  const register = '/api/register';
  const json = { 'content-type': 'application/json' };

  it('without a content type is parsed as JSON', async () => {
    const person = newPerson();
    const response = await fetch(`${server.url}${register}`, {
      method: 'POST',
      body: new Blob([JSON.stringify(person)]),
    });
    expect(response.status).toBe(201);
    const blank = await fetch(`${server.url}/trpc/auth.login`, {
      method: 'POST',
      body: new Blob([JSON.stringify({ identifier: person.username, password: PASSWORD })]),
    });
    expect(blank.status).toBe(200);
  });

  it.each([
    ['too large', 'x'.repeat(1_048_577), 413, 'PAYLOAD_TOO_LARGE'],
    ['not JSON', '{"email":', 400, 'VALIDATION_FAILED'],
    ['nested 5,000 deep', '['.repeat(5_000) + ']'.repeat(5_000), 400, 'VALIDATION_FAILED'],
    ['an array', '[]', 400, 'VALIDATION_FAILED'],
    ['null', 'null', 400, 'VALIDATION_FAILED'],
    ['a poisoned prototype', '{"__proto__":{"isAdmin":true}}', 400, 'VALIDATION_FAILED'],
    ['a poisoned constructor', '{"constructor":{"prototype":{"isAdmin":true}}}', 400, 'VALIDATION_FAILED'],
  ])('that is %s is refused the same way on REST and tRPC', async (_case, body, status, code) => {
    const rest = await server.post(register, body, { headers: json });
    expect([rest.status, rest.body.code]).toEqual([status, code]);
    const trpc = await server.post('/trpc/auth.register', body, { headers: json });
    expect([trpc.status, trpc.body.error.data.code]).toEqual([status, code]);
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
  });

  it('that is not UTF-8 or declares another charset is refused', async () => {
    const body = Buffer.from('{"email":"\xff\xfe"}', 'latin1');
    const send = (headers: Record<string, string>) =>
      fetch(`${server.url}${register}`, { method: 'POST', body, headers });
    expect((await send(json)).status).toBe(400);
    expect((await send({ 'content-type': 'application/json; charset=utf-7' })).status).toBe(415);
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded']) {
      expect((await send({ 'content-type': type })).status).toBe(415);
    }
  });

  const send = (path: string, body: string | Buffer, headers: Record<string, string>) =>
    fetch(`${server.url}${path}`, { method: 'POST', body, headers });
  const LOGIN_PATHS = ['/api/login', '/trpc/auth.login'];
  const login = () => JSON.stringify({ identifier: ada.username, password: PASSWORD });

  it.each([
    'application/json; charset="utf-8"',
    'application/json;charset=UTF-8',
    'application/json; CHARSET="Utf\\-8"',
    'Application/JSON ; charset=utf8',
    'application/json; profile="a;charset=latin1"; charset=utf-8',
    'application/json; x=charset',
  ])('may spell its content type in any equal way: %s', async (type) => {
    for (const path of LOGIN_PATHS) {
      const { status } = await send(path, login(), { 'content-type': type });
      expect([path, status]).toEqual([path, 200]);
    }
  });

  it.each([
    'application/json; charset="utf-16"',
    'application/json; charset=utf-8-strange',
    'application/json; charset="utf-7"; x=y',
    'application/json; x="charset=utf-8"; charset=latin1',
    'application/jsonp',
    'application/vnd.api+json',
    'nonsense',
    'application/json, text/plain',
  ])('of another type or charset gets 415: %s', async (type) => {
    for (const path of LOGIN_PATHS) {
      const { status } = await send(path, login(), { 'content-type': type });
      expect([path, status]).toEqual([path, 415]);
    }
  });

  it.each(['gzip', 'GZIP', 'br', 'deflate', 'gzip, identity'])(
    'that is compressed gets 415 that names %s',
    async (encoding) => {
      for (const path of LOGIN_PATHS) {
        const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
        const response = await send(path, gzipSync(login()), headers);
        const body = (await response.json()) as { error?: { data: unknown } };
        expect(response.status).toBe(415);
        expect(response.headers.get('accept-encoding')).toBe('identity');
        expect(body.error?.data ?? body).toMatchObject({
          code: 'UNSUPPORTED_MEDIA_TYPE',
          detail: `The content encoding ${encoding.toLowerCase()} is not supported; send the body uncompressed`,
        });
      }
    },
  );

  it('may say that it is not compressed', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'Identity' };
    for (const path of LOGIN_PATHS) expect((await send(path, login(), headers)).status).toBe(200);
  });

  it('may begin with a byte-order mark', async () => {
    for (const path of LOGIN_PATHS) {
      expect((await send(path, `\uFEFF${login()}`, json)).status).toBe(200);
      expect((await send(path, `\uFEFF\uFEFF${login()}`, json)).status).toBe(400);
    }
    expect((await send('/api/logout', '\uFEFF', json)).status).toBe(204);
  });

  it.each(['\0', 'a\0b', '\ud800', 'x'.repeat(300), '‮evil'])('with %j in a member gets 400', async (text) => {
    const person = newPerson();
    for (const change of [{ email: text }, { username: text }, { referralCode: text }]) {
      expect([400, 422]).toContain((await server.post(register, { ...person, ...change })).status);
    }
    expect([400, 401]).toContain(
      (await server.post('/api/login', { identifier: text, password: text })).status,
    );
    expect([400, 410]).toContain((await server.post('/api/verify-email', { token: text })).status);
  });
});

describe('methods and paths', () => {
  it('a known path reports its allowed methods', async () => {
    const { status, headers, body } = await server.call('DELETE', '/api/login');
    expect([status, headers.get('allow'), body.code]).toEqual([405, 'POST', 'METHOD_NOT_ALLOWED']);
    expect((await server.call('PUT', '/api/referrals')).headers.get('allow')).toBe('GET, HEAD');
    expect((await server.call('HEAD', '/api/me', { token: ada.token })).status).toBe(200);
  });

  it.each([
    '/api/ME',
    '/api/me/',
    '/api//me',
    '/API/me',
    '/api/%6de/x',
    '/.env',
    '/.git/config',
    '/package.json',
  ])('%s is not found', async (path) => {
    expect(await server.call('GET', path, { token: ada.token })).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    });
  });

  it('malformed requests are closed with 400 and the server stays up', async () => {
    const host = 'host: x\r\n';
    expect(
      await sendRaw(
        server.url,
        `GET / HTTP/1.1\r\n${host}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`,
      ),
    ).toContain(' 400 ');
    const garbage = await sendRaw(server.url, `GET / HTTP/9.9\r\n${host}\r\n`);
    expect(garbage).toMatch(
      /^HTTP\/1\.1 400 Bad Request\r\n[^]*x-request-id: [\w-]+\r\n[^]*"code":"VALIDATION_FAILED"/,
    );
    expect(await sendRaw(server.url, `TRACE / HTTP/1.1\r\n${host}connection: close\r\n\r\n`)).toContain(
      ' 405 ',
    );
    expect(await sendRaw(server.url, `GET / HTTP/1.1\r\n${host}x: ${'y'.repeat(20_000)}\r\n\r\n`)).toContain(
      ' 431 ',
    );
    expect((await server.call('GET', '/healthz')).status).toBe(200);
  });
});

describe('invalid access tokens', () => {
  const [header, payload, signature] = 'a.b.c'.split('.');
  it.each(['', '%', 'x', `${header}.${payload}.${signature}`, 'a.b.c.d.e', 'x'.repeat(5_000)])(
    'are refused: %s',
    async (token) => {
      const { status, headers } = await server.call('GET', '/api/me', {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toContain('Bearer');
    },
  );

  it('are ignored in the query', async () => {
    expect((await server.call('GET', `/api/me?access_token=${ada.token}`)).status).toBe(401);
  });
});

it('an answer for an unknown endpoint names it, without its query', async () => {
  const { status, body } = await server.call('GET', '/api/trpc/account.me?batch=1');
  expect([status, body.code]).toEqual([404, 'NOT_FOUND']);
  expect(body.detail).toBe('Unknown endpoint: GET /api/trpc/account.me');
  const long = await server.call('POST', `/api/${'a'.repeat(1_000)}`);
  expect(long.body.detail).toBe(`Unknown endpoint: POST /api/${'a'.repeat(195)}`);
});
