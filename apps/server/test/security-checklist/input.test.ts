import { describe, expect, it } from 'vitest';
import { newPerson, PASSWORD, readStatuses, sendRaw, usePerson, useTestServer } from '../kit/index.ts';

const server = useTestServer({ env: { TRUST_PROXY: '127.0.0.1' } });
const ada = usePerson(server);

const setDisplayName = (displayName: unknown) =>
  server.call('PATCH', '/api/me', { token: ada.token, body: { displayName } });
const expectAlive = async () => expect((await server.call('GET', '/healthz')).status).toBe(200);

describe('I1 a NUL character', () => {
  it('in a member of a body is refused', async () => {
    const person = newPerson();
    for (const change of [
      { email: 'a\0@b.co' },
      { username: 'ad\0a' },
      { password: 'horse\0battery' },
      { referralCode: '\0' },
    ]) {
      const [name] = Object.keys(change);
      for (const path of ['/api/register', '/trpc/auth.register']) {
        const { status, body } = await server.post(path, { ...person, ...change });
        expect([status, (body.error?.data ?? body).errors?.[0].path]).toEqual([400, name]);
      }
    }
    expect((await setDisplayName('a\0b')).status).toBe(400);
  });

  it.each([
    '/r/%00',
    '/r/a%00b',
    '/api/referral-codes/%00',
    '/api/sessions?cursor=%00',
    '/api/referral-stats?days=%00',
    '/api/sessions?%00=1',
    '/%00',
    '/verify-email?token=%00',
  ])('in a path or query causes no server error: %s', async (path) => {
    expect((await server.call('GET', path, { token: ada.token })).status).toBeLessThan(500);
  });

  it('in a cookie or header causes no server error', async () => {
    for (const cookie of ['refresh_token=%00', 'access_token=%00', 'referral=%00', 'referral=a%00.b']) {
      expect((await server.post('/api/refresh', undefined, { cookie })).status).toBe(401);
      expect((await server.post('/api/register', newPerson(), { cookie })).status).toBe(201);
    }
    for (const headers of [
      { 'x-forwarded-for': 'nonsense' },
      { 'x-forwarded-for': ',,' },
      { 'user-agent': '\u00ff'.repeat(4_000) },
    ])
      expect((await server.post('/api/register', newPerson(), { headers })).status).toBe(201);
  });
});

it('I2 a body that is not UTF-8 is refused', async () => {
  for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf5, 0x80, 0x80, 0x80]]) {
    const body = Buffer.concat([
      Buffer.from('{"identifier":"'),
      Buffer.from(bytes),
      Buffer.from('","password":"x"}'),
    ]);
    for (const path of ['/api/login', '/trpc/auth.login']) {
      const headers = { 'content-type': 'application/json' };
      const { status } = await fetch(`${server.url}${path}`, { method: 'POST', body, headers });
      expect([path, status]).toEqual([path, 400]);
    }
  }
});

it.each([
  ['a lone surrogate', 'a\ud800b'],
  ['a mark that turns the direction', 'a\u202eb'],
  ['an isolate that turns the direction', 'a\u2067b'],
  ['a zero-width space', 'a\u200bb'],
  ['a word joiner', 'a\u2060b'],
  ['a byte order mark', 'a\ufeffb'],
  ['a noncharacter', 'a\ufffeb'],
  ['a noncharacter of the Arabic block', 'a\ufdd0b'],
  ['a line separator', 'a\u2028b'],
  ['a bell', 'a\u0007b'],
  ['nothing to see', '\u2800\u3164'.replace(/./gu, '\u200d')],
])('I3 %s in a name is refused or removed', async (_case, name) => {
  const { status, body } = await setDisplayName(name);
  if (status === 200) expect(body.displayName).toBe('ab');
  else expect([status, body.errors[0].path]).toEqual([400, 'displayName']);
});

it('I3 names in all languages are accepted unchanged', async () => {
  for (const name of ['Ada Lovelace', 'Zoë', '李小龍', 'محمد', 'नरेन्द्र', '👩‍🚀 Ada', 'O’Brien', 'می‌خواهم'])
    expect((await setDisplayName(name)).body.displayName).toBe(name.normalize('NFC'));
});

describe('I4 the maximum size', () => {
  it.each<[string, object]>([
    [
      'email',
      { email: `${'a'.repeat(60)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(11)}` },
    ],
    ['username', { username: 'x'.repeat(31) }],
    ['password', { password: 'kq9#'.repeat(33) }],
    ['referralCode', { referralCode: 'x'.repeat(65) }],
  ])('of %s is enforced', async (path, change) => {
    for (const url of ['/api/register', '/trpc/auth.register']) {
      const { status, body } = await server.post(url, { ...newPerson(), ...change });
      expect([status, (body.error?.data ?? body).errors[0].path]).toEqual([400, path]);
    }
  });

  it('of a display name is 80 code points', async () => {
    expect((await setDisplayName('🦊'.repeat(80))).status).toBe(200);
    expect((await setDisplayName('🦊'.repeat(81))).status).toBe(400);
  });

  it('of a body is 1 MiB', async () => {
    const body = (size: number) => {
      const frame = '{"identifier":"x","password":""}';
      return frame.replace('""', `"${'x'.repeat(size - frame.length)}"`);
    };
    for (const path of ['/api/login', '/trpc/auth.login']) {
      expect((await server.post(path, body(1_048_576))).status).toBe(400);
      const { status, body: problem } = await server.post(path, body(1_048_577));
      expect([status, (problem.error?.data ?? problem).code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    }
  });
});

describe('I5 a very large number', () => {
  const members = (count: number) => `{${Array.from({ length: count }, (_, n) => `"k${n}":1`).join(',')}}`;

  it.each([10_000, 90_000])('of unknown members (%i) gets a short error', async (count) => {
    for (const path of ['/api/login', '/trpc/auth.login']) {
      const { status, body } = await server.post(path, members(count));
      expect([status, (body.error?.data ?? body).errors.length <= 100]).toEqual([400, true]);
      expect(JSON.stringify(body).length).toBeLessThan(100_000);
    }
    await expectAlive();
  });

  it('of list elements or query members is refused', async () => {
    const list = JSON.stringify({ identifier: Array.from({ length: 10_000 }, () => 'x'), password: 'x' });
    expect((await server.post('/api/login', list)).status).toBe(400);
    const query = Array.from({ length: 1_000 }, (_, n) => `k${n}=1`).join('&');
    expect((await server.call('GET', `/api/sessions?${query}`, { token: ada.token })).status).toBe(400);
    const longer = Array.from({ length: 10_000 }, (_, n) => `k${n}=1`).join('&');
    expect((await server.call('GET', `/api/sessions?${longer}`, { token: ada.token })).status).toBe(431);
  });
});

it.each([65, 1_000, 5_000, 200_000])('I6 a body with %i levels is refused', async (depth) => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    const body = `{"identifier":${open.repeat(depth)}1${close.repeat(depth)},"password":"x"}`;
    for (const path of ['/api/login', '/trpc/auth.login', '/trpc/auth.login?batch=1']) {
      const { status } = await server.post(path, body);
      expect(status === 400 || (body.length > 1_048_576 && status === 413)).toBe(true);
    }
  }
});

it('I6 a deeply nested input in a URL causes no server error', async () => {
  const deep = `{"limit":${'['.repeat(7_000)}${']'.repeat(7_000)}}`;
  for (const path of [`/trpc/sessions.list?input=${deep}`, `/trpc/sessions.list?batch=1&input={"0":${deep}}`])
    expect((await server.call('GET', path, { token: ada.token })).status).toBeLessThan(500);
});

it('I7 prototypes cannot be reached through a body, a query, a batch or a procedure name', async () => {
  const { email, username, password } = newPerson();
  const person = `"email":"${email}","username":"${username}","password":"${password}"`;
  for (const poison of [
    '"__proto__":{"isAdmin":true}',
    '"constructor":{"prototype":{"isAdmin":true}}',
    '"toString":1',
  ]) {
    for (const path of ['/api/register', '/trpc/auth.register'])
      expect((await server.post(path, `{${person},${poison}}`)).status).toBe(400);
  }
  for (const query of [
    '__proto__=x',
    '__proto__[isAdmin]=1',
    'constructor.prototype.isAdmin=1',
    'constructor=x',
  ])
    expect((await server.call('GET', `/api/sessions?${query}`, { token: ada.token })).status).toBe(400);
  const batch = '{"__proto__":{"isAdmin":true},"constructor":{},"0":{"displayName":"Ada"}}';
  expect(
    (await server.post('/trpc/account.update?batch=1', batch, { token: ada.token })).status,
  ).toBeLessThan(500);
  for (const name of [
    '__proto__',
    'constructor',
    'toString',
    'auth',
    'auth.__proto__',
    'auth.constructor',
    '_def',
    'hasOwnProperty',
  ])
    for (const method of ['GET', 'POST'])
      expect((await server.call(method, `/trpc/${name}`, { token: ada.token })).status).toBe(404);
  const canary = await server.call('GET', '/api/me', { token: ada.token });
  expect(Object.keys(canary.body)).toEqual(Object.keys(ada.user));
  expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
});

it('I8 the last of two equal body members counts, and a repeated query parameter is refused', async () => {
  const { username } = await server.signUp();
  const body = (last: string) =>
    `{"identifier":"${username}","password":"not-the-password","password":"${last}"}`;
  for (const path of ['/api/login', '/trpc/auth.login']) {
    expect((await server.post(path, body(PASSWORD))).status).toBe(200);
    expect((await server.post(path, body('neither-of-both'))).status).toBe(401);
  }
  expect((await server.call('GET', '/api/sessions?limit=1&limit=2', { token: ada.token })).status).toBe(400);
});

it.each([
  ' application/json',
  '\tapplication/json',
  'application/json\t;charset=utf-8',
  'application/json ; x=y',
  'application/json garbage',
  'application/json, text/plain',
  'application/json;charset=utf-7',
  'application/json;;;',
  'APPLICATION/JSON',
  'application/jsonx',
  'application/vnd.api+json',
  'text/json',
  '',
])('I9 the content type %j bypasses no check', async (type) => {
  const bad = JSON.stringify({ ...newPerson(), email: 'no-address', role: 'admin' });
  for (const path of ['/api/register', '/trpc/auth.register']) {
    const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n`;
    const answer = await sendRaw(
      server.url,
      `${head}content-type:${type}\r\ncontent-length: ${Buffer.byteLength(bad)}\r\n\r\n${bad}`,
    );
    const [status] = readStatuses(answer);
    expect([400, 415]).toContain(status);
    if (status === 400 && answer.includes('"errors"')) expect(answer).toContain('"path":"role"');
  }
});

it.each([
  '-1',
  '0',
  '101',
  '1e9',
  '1e999',
  '9007199254740993',
  'NaN',
  '"1"',
  ' 1',
  '0x10',
  '1.5',
  '',
  'null',
  '１',
])('I10 limit=%s is refused by every list', async (limit) => {
  for (const path of ['/api/sessions', '/api/referrals', '/api/referral-links', '/api/me/security-events']) {
    const { status, body } = await server.call('GET', `${path}?limit=${encodeURIComponent(limit)}`, {
      token: ada.token,
    });
    expect([status, body.errors?.[0].path]).toEqual([400, 'limit']);
  }
});

it('I10 numbers out of range are refused over tRPC too', async () => {
  for (const limit of ['-1', '0', '101', '1e999', '9007199254740993', '"1"', 'true', 'null', '[1]']) {
    const path = `/trpc/sessions.list?input=${encodeURIComponent(`{"limit":${limit}}`)}`;
    expect((await server.call('GET', path, { token: ada.token })).status).toBe(400);
  }
});

it.each([
  '9999-12-31T23:59:59-14:00',
  '+010000-01-01T00:00:00Z',
  '2027-02-30T00:00:00Z',
  '1e400',
  '2027-13-01T00:00:00Z',
])('I10 the time %s is refused because it cannot be represented', async (expiresAt) => {
  const eve = await server.signUp();
  const { status } = await server.post('/api/referral-links', { expiresAt }, { token: eve.token });
  expect([status, (await server.call('GET', '/api/referral-links', { token: eve.token })).status]).toEqual([
    400, 200,
  ]);
});

it.each([
  'a'.repeat(50_000),
  `${'a.'.repeat(25_000)}a`,
  `${'a'.repeat(25_000)}@${'a.'.repeat(12_500)}`,
  `a@${'a-'.repeat(25_000)}`,
  `${' '.repeat(49_999)}x`,
  '1'.repeat(50_000),
  '\u0301'.repeat(50_000),
])('I11 no pattern takes long on 50,000 characters (%#)', async (text) => {
  // An exponential or cubic pattern would exceed the timeout of the test.
  for (const body of [{ email: text }, { username: text }, { referralCode: text }, { password: text }])
    expect((await server.post('/api/register', { ...newPerson(), ...body })).status).toBe(400);
  expect((await server.post('/api/login', { identifier: text, password: text })).status).toBe(400);
  expect((await setDisplayName(text)).status).toBe(400);
  expect(
    (await server.post('/api/referral-links', { code: text, expiresAt: text }, { token: ada.token })).status,
  ).toBe(400);
});

describe('I12 an invalid URL', () => {
  it.each([
    '/%zz',
    '/%',
    '/%00',
    '/..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/api/%zz',
    '/trpc/%zz',
    '/r/%zz',
    '/\\',
    '/api/sessions/%2f',
  ])('gets a 4xx answer: %s', async (path) => {
    const answer = await sendRaw(server.url, `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    const [status = 0] = readStatuses(answer);
    expect(status >= 400 && status < 500).toBe(true);
    expect(answer).not.toContain('root:');
  });

  it('of 16 kB, or a request with a thousand headers, is refused and nothing breaks', async () => {
    expect(
      readStatuses(await sendRaw(server.url, `GET /${'a'.repeat(16_384)} HTTP/1.1\r\nhost: x\r\n\r\n`)),
    ).toEqual([431]);
    const headers = (count: number) => Array.from({ length: count }, (_, n) => `x-${n}: y`).join('\r\n');
    expect(
      readStatuses(
        await sendRaw(
          server.url,
          `GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers(100)}\r\n\r\n`,
        ),
      ),
    ).toEqual([200]);
    const many = readStatuses(
      await sendRaw(
        server.url,
        `GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers(1_900)}\r\n\r\n`,
      ),
    );
    expect([200, 431]).toContain(many[0]);
    await expectAlive();
  });
});

describe('I13 a request that two servers could read differently is closed with 400', () => {
  const smuggled = 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n';
  it.each([
    ['length and chunks', `content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', `content-length: 4\r\ncontent-length: 5\r\n\r\nabcde`],
    ['a list of lengths', `content-length: 4, 5\r\n\r\nabcde`],
    ['a signed length', `content-length: +4\r\n\r\nabcd`],
    ['an unknown coding', `transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['chunks twice', `transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n`],
    ['a space before the colon', `content-length : 4\r\n\r\nabcd`],
    ['a folded header', `x: a\r\n b\r\ncontent-length\r\n : 4\r\n\r\nabcd`],
    ['a bad size of a chunk', `transfer-encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n`],
    ['a line that ends by LF alone', `x: y\ncontent-length: 4\n\nabcd`],
    ['CR in a header', `x: a\rb\r\ncontent-length: 4\r\n\r\nabcd`],
    ['NUL in a header', `x: a\0b\r\ncontent-length: 4\r\n\r\nabcd`],
  ])('because of %s', async (_case, head) => {
    const answer = await sendRaw(server.url, `POST /api/logout HTTP/1.1\r\nhost: x\r\n${head}${smuggled}`);
    expect(readStatuses(answer)).toEqual([400]);
    await expectAlive();
  });
});

it('I14 an unknown member is refused the same way on REST and tRPC', async () => {
  for (const [rest, trpc, body] of [
    ['/api/login', 'auth.login', { identifier: 'x', password: 'y', remember: true }],
    ['/api/logout', 'auth.logout', { all: true }],
    ['/api/verify-email', 'auth.verifyEmail', { token: 'x', email: 'y' }],
  ] as const) {
    const [first, second] = [await server.post(rest, body), await server.post(`/trpc/${trpc}`, body)];
    expect([first.status, second.status]).toEqual([400, 400]);
    expect(second.body.error.data.errors).toEqual(first.body.errors);
  }
});
