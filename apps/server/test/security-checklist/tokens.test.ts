import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { testEnv } from '@linkgrove/api/testing';
import { describe, expect, it } from 'vitest';
import {
  encodeJson,
  newPerson,
  NO_ID,
  nowInSeconds,
  PASSWORD,
  readStatuses,
  sendRaw,
  type SignedUp,
  signUpAdmin,
  startInstance,
  usePerson,
  useTestServer,
} from '../kit/index.ts';

type Jwk = { kty: string; crv: string; x: string; d: string };
type Json = Record<string, unknown>;

const ourKeys = JSON.parse(testEnv()['JWT_PRIVATE_KEYS'] ?? '') as [Jwk];
const ourKey = ourKeys[0];
const foreignKey = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as Jwk;

const server = useTestServer({ worker: true });
const ada = usePerson(server);

const me = (token: string) =>
  server.call('GET', '/api/me', { headers: { authorization: `Bearer ${token}` } });
const decode = (part: string | undefined) =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Json;
const partsOf = (token: string) => token.split('.') as [string, string, string];

/** Ada's token with changed members, signed with our key by default; `undefined` removes a member. */
function forge(change: { header?: Json; payload?: Json; key?: Jwk } = {}): string {
  const [header, payload] = partsOf(ada.token);
  const signed = [
    { ...decode(header), ...change.header },
    { ...decode(payload), ...change.payload },
  ]
    .map(encodeJson)
    .join('.');
  const key = createPrivateKey({ key: change.key ?? ourKey, format: 'jwk' });
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
}

/** The statuses for a token as bearer and as cookie, over REST and tRPC. */
async function statusesFor(token: string): Promise<number[]> {
  const answers = [
    await me(token),
    await server.call('GET', '/api/me', { cookie: `access_token=${token}` }),
    await server.call('GET', '/trpc/account.me', { headers: { authorization: `Bearer ${token}` } }),
  ];
  return answers.map(({ status }) => status);
}
const REFUSED = [401, 401, 401];

it('T1 a token forged as below but unchanged is accepted, which makes the refusals meaningful', async () => {
  expect((await me(forge())).status).toBe(200);
});

it.each(['none', 'None', 'NONE', 'nOnE', '', null])(
  'T1 a token with algorithm %j is refused',
  async (alg) => {
    const [header, payload, signature] = partsOf(ada.token);
    const unsigned = encodeJson({ ...decode(header), alg });
    for (const end of ['', signature])
      expect(await statusesFor(`${unsigned}.${payload}.${end}`)).toEqual(REFUSED);
  },
);

it.each(['HS256', 'HS384', 'HS512'])(
  'T2 a token signed with the public key as the secret is refused: %s',
  async (alg) => {
    const publicKey = createPublicKey({ key: ourKey, format: 'jwk' });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const jwks = await (await fetch(`${server.url}/.well-known/jwks.json`)).text();
    const secrets = [
      pem,
      pem.trim(),
      `\ufeff${pem}`,
      `\n${pem}`,
      JSON.stringify(publicKey.export({ format: 'jwk' })),
      JSON.stringify(server.app.accessTokens.jwks.keys[0]),
      jwks,
      Buffer.from(ourKey.x, 'base64url'),
      ourKey.x,
      '',
    ];
    const [header, payload] = partsOf(ada.token);
    const signed = `${encodeJson({ ...decode(header), alg })}.${payload}`;
    for (const secret of secrets) {
      const mac = createHmac(alg.replace('HS', 'sha'), secret).update(signed).digest('base64url');
      expect((await me(`${signed}.${mac}`)).status).toBe(401);
    }
  },
);

it('T3 U8 a token that contains or names its key is refused, and no URL is fetched', async () => {
  let hits = 0;
  const canary = createHttpServer((_request, response) => {
    hits += 1;
    response.end(JSON.stringify({ keys: [{ ...foreignKey, d: undefined }] }));
  });
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(canary.address() as AddressInfo).port}/jwks.json`;
  const { d: _, ...jwk } = foreignKey;
  const headers = [
    { jku: url },
    { x5u: url },
    { jwk },
    { x5c: ['MIIB'] },
    { jku: url, x5u: url, jwk, kid: undefined },
  ];
  for (const header of headers)
    expect(await statusesFor(forge({ header, key: foreignKey }))).toEqual(REFUSED);
  expect(hits).toBe(0);
  await new Promise((resolve) => canary.close(resolve));
});

it.each([
  ['unknown', 'unknown'],
  ['a path', '../../../../dev/null'],
  ['SQL', "' OR 1=1--"],
  ['empty', ''],
  ['an array', ['x']],
  ['a number', 1],
  ['null', null],
  ['__proto__', '__proto__'],
])('T4 a key ID that is %s is refused', async (_case, kid) => {
  expect(await statusesFor(forge({ header: { kid }, key: foreignKey }))).toEqual(REFUSED);
});

it('T4 a key ID of 10 kB is refused, and a missing one does not make a foreign key valid', async () => {
  expect([401, 431]).toContain(
    (await me(forge({ header: { kid: 'x'.repeat(10_000) }, key: foreignKey }))).status,
  );
  expect(await statusesFor(forge({ header: { kid: undefined }, key: foreignKey }))).toEqual(REFUSED);
});

it.each<[string, Json]>([
  [
    'that has expired beyond the leeway of 5 seconds',
    { exp: nowInSeconds() - 61, iat: nowInSeconds() - 961 },
  ],
  ['that is not good yet', { nbf: nowInSeconds() + 600 }],
  ['that was made in the future', { iat: nowInSeconds() + 600, exp: nowInSeconds() + 1_500 }],
  ['without an end', { exp: undefined }],
  ['whose end is text', { exp: String(nowInSeconds() + 900) }],
  ['that ends before 1970', { exp: -1 }],
  ['that never ends', { exp: 1e308 }],
  ['that is good for a year', { exp: nowInSeconds() + 31_536_000, iat: nowInSeconds() - 3_600 }],
])('T5 a token %s is refused', async (_case, payload) => {
  expect(await statusesFor(forge({ payload }))).toEqual(REFUSED);
});

it.each<[string, { header?: Json; payload?: Json }]>([
  ['another issuer', { payload: { iss: 'http://localhost:3001' } }],
  ['an issuer that begins like ours', { payload: { iss: 'http://localhost:3000.evil.example' } }],
  ['another audience', { payload: { aud: 'elsewhere' } }],
  ['another type', { header: { typ: 'JWT' } }],
  ['no type', { header: { typ: undefined } }],
  ['no subject', { payload: { sub: undefined } }],
  ['the subject of someone else', { payload: { sub: NO_ID } }],
  ['no session', { payload: { sid: undefined } }],
  ['a session that does not exist', { payload: { sid: NO_ID } }],
])('T6 a token with %s is refused', async (_case, change) => {
  expect(await statusesFor(forge(change))).toEqual(REFUSED);
});

it.each<[string, Json]>([
  ['text that is no id', { sid: "x' OR '1'='1" }],
  ['NUL', { sid: '\0' }],
])('T6 a session ID that is %s is refused without a server error', async (_case, payload) => {
  // Only an owner of our key can sign this, so any refusal is fine.
  expect((await me(forge({ payload }))).status).toBeGreaterThanOrEqual(400);
  expect((await server.call('GET', '/readyz')).status).toBe(200);
});

it('T7 V7 no kind of token is accepted in place of another', async () => {
  const person = newPerson();
  const { body, cookies } = await server.post('/api/register', person);
  const refresh = cookies['refresh_token'] as string;
  const verify = await server.readMailedToken(person.email, 'Verify');
  await server.post('/api/forgot-password', { email: person.email });
  const reset = await server.readMailedToken(person.email, 'Reset');
  const moved = newPerson().email;
  await server.post(
    '/api/me/email',
    { email: moved, password: person.password },
    { token: body.accessToken },
  );
  const change = await server.readMailedToken(moved, 'Verify');

  for (const token of [refresh, verify, reset, change]) expect(await statusesFor(token)).toEqual(REFUSED);
  for (const token of [body.accessToken, verify, reset, change]) {
    expect((await server.post('/api/refresh', undefined, { cookie: `refresh_token=${token}` })).status).toBe(
      401,
    );
  }
  for (const token of [body.accessToken, refresh, reset])
    expect([400, 410]).toContain((await server.post('/api/verify-email', { token })).status);
  for (const token of [body.accessToken, refresh, verify, change]) {
    const password = 'another-horse-battery';
    expect([400, 410]).toContain((await server.post('/api/reset-password', { token, password })).status);
  }
  expect((await server.post('/api/verify-email', { token: verify })).status).toBe(200);
});

describe('T8 a token that was tampered with', () => {
  it('is refused whichever part was changed', async () => {
    const parts = partsOf(ada.token);
    for (const index of [0, 1, 2]) {
      const changed = [...parts];
      const bytes = Buffer.from(parts[index] ?? '', 'base64url');
      bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
      changed[index] = bytes.toString('base64url');
      expect(await statusesFor(changed.join('.'))).toEqual(REFUSED);
    }
  });

  it('is refused with more or fewer parts, encrypted, with unknown extensions, or with a list as claims', async () => {
    const [header, payload, signature] = partsOf(ada.token);
    const listed = `${header}.${encodeJson([decode(payload)])}`;
    const key = createPrivateKey({ key: ourKey, format: 'jwk' });
    for (const token of [
      `${ada.token}.`,
      `.${ada.token}`,
      `${header}.${payload}`,
      `${header}..${payload}.${signature}`,
      `${encodeJson({ alg: 'dir', enc: 'A256GCM', typ: 'at+jwt' })}..${signature}.${payload}.${signature}`,
      forge({ header: { crit: ['x'], x: 1 } }),
      forge({ header: { crit: ['b64'], b64: false } }),
      `${listed}.${sign(null, Buffer.from(listed), key).toString('base64url')}`,
    ])
      expect(await statusesFor(token)).toEqual(REFUSED);
  });

  it('in the unused bits of its last letter is at most the same token, and ends with the session', async () => {
    const eve = await server.signUp();
    const last = eve.token.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const twin = eve.token.slice(0, -1) + alphabet[alphabet.indexOf(last) ^ 1];
    expect([200, 401]).toContain((await me(twin)).status);
    await server.post('/api/logout', undefined, { token: eve.token });
    for (const token of [eve.token, twin]) expect((await me(token)).status).toBe(401);
  });
});

it('T9 the published keys have public members only, an ID and a use, and may be cached', async () => {
  const { status, body, headers } = await server.call('GET', '/.well-known/jwks.json');
  expect(status).toBe(200);
  expect(headers.get('cache-control')).toBe('public, max-age=300');
  for (const key of body.keys) {
    expect(key).toEqual({
      kty: 'OKP',
      crv: 'Ed25519',
      x: key.x,
      kid: expect.any(String),
      alg: 'EdDSA',
      use: 'sig',
    });
  }
});

it('T10 keys are rotated without signing anyone out, and a removed key is refused', async () => {
  const keys = (...all: Jwk[]) => JSON.stringify(all);
  const statuses: Record<string, number> = {};
  const stages = { 'old, new': [ourKey, foreignKey], 'new, old': [foreignKey, ourKey], new: [foreignKey] };
  for (const [stage, stageKeys] of Object.entries(stages)) {
    const rotated = await startInstance(server.databaseUrl, { JWT_PRIVATE_KEYS: keys(...stageKeys) });
    statuses[stage] = (await rotated.get('/api/me', { token: ada.token })).status;
    const { body } = await rotated.login(ada.username);
    expect(decode(partsOf(body.accessToken)[0])['kid']).toBe(rotated.app.accessTokens.jwks.keys[0]?.kid);
    await rotated.close();
  }
  expect(statuses).toEqual({ 'old, new': 200, 'new, old': 200, new: 401 });
});

describe('T11 an access token is rejected at the next request after', () => {
  const openSession = async ({ username }: SignedUp): Promise<string> =>
    (await server.login(username)).body.accessToken;
  const acts: Record<string, (who: SignedUp) => Promise<unknown>> = {
    'signing out': ({ cookie }) => server.post('/api/logout', undefined, { cookie }),
    'signing out by the token alone': ({ token }) => server.post('/api/logout', undefined, { token }),
    'ending all other sessions': async (who) =>
      server.call('DELETE', '/api/sessions', { token: await openSession(who) }),
    'ending this session from another one': async (who) => {
      const token = await openSession(who);
      const { body } = await server.call('GET', '/api/sessions', { token });
      const other = body.items.find((session: { current: boolean }) => !session.current);
      await server.call('DELETE', `/api/sessions/${other.id}`, { token });
    },
    'changing the password elsewhere': async (who) =>
      server.post(
        '/api/me/password',
        { currentPassword: PASSWORD, newPassword: 'another-horse-battery' },
        { token: await openSession(who) },
      ),
    'resetting the password': async ({ email }) => {
      await server.post('/api/forgot-password', { email });
      const token = await server.readMailedToken(email, 'Reset');
      await server.post('/api/reset-password', { token, password: 'another-horse-battery' });
    },
    'deleting the account': ({ token }) =>
      server.call('DELETE', '/api/me', { token, body: { password: PASSWORD } }),
    suspension: async (who) => {
      const admin = await signUpAdmin(server);
      await server.post(`/api/admin/users/${who.user.id}/suspend`, { reason: 'x' }, { token: admin.token });
    },
  };

  it.each(Object.keys(acts))('%s', async (name) => {
    const who = await server.signUp();
    expect((await me(who.token)).status).toBe(200);
    await acts[name]?.(who);
    expect(await me(who.token)).toMatchObject({ status: 401, body: { code: 'SESSION_EXPIRED' } });
    expect((await server.call('GET', '/trpc/account.me', { cookie: who.cookie })).status).toBe(401);
  });
});

it('T12 a refusal names the scheme and the error, and tokens in the URL are ignored', async () => {
  const anonymous = await server.call('GET', '/api/me');
  expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect((await me('x.y.z')).headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  const trpc = await server.call('GET', '/trpc/account.me', { headers: { authorization: 'Bearer x.y.z' } });
  expect(trpc.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  for (const query of [
    `access_token=${ada.token}`,
    `token=${ada.token}`,
    `authorization=Bearer%20${ada.token}`,
  ])
    expect([400, 401]).toContain((await server.call('GET', `/api/me?${query}`)).status);
});

describe('T13 an unreadable credential', () => {
  it.each(['Bearer %', 'Bearer', 'Bearer ', 'Basic YTpi', 'bearer', 'Bearer a b', '%', 'Bearer \u00ff'])(
    'is refused: %j',
    async (authorization) => {
      expect((await server.call('GET', '/api/me', { headers: { authorization } })).status).toBe(401);
    },
  );

  /** Sends header lines unchanged; returns the status. */
  const sendHeaders = async (...lines: string[]): Promise<number | undefined> => {
    const head = ['GET /api/me HTTP/1.1', 'host: x', 'connection: close', ...lines, '', ''];
    return readStatuses(await sendRaw(server.url, head.join('\r\n')))[0];
  };

  it('is refused next to another one, in a second Authorization header', async () => {
    const [good, bad] = [`authorization: Bearer ${ada.token}`, 'authorization: Bearer x'];
    expect([await sendHeaders(good, bad), await sendHeaders(bad, good)]).toEqual([401, 401]);
  });

  it('of 64 kB is too large, and a cookie with a broken escape is ignored', async () => {
    expect(await sendHeaders(`authorization: Bearer ${'x'.repeat(65_536)}`)).toBe(431);
    for (const cookie of ['access_token=%zz', 'access_token', '=;=;', 'access_token=%e0%a4%a'])
      expect(await sendHeaders(`cookie: ${cookie}`)).toBe(401);
    expect((await server.call('GET', '/healthz')).status).toBe(200);
  });

  it('in the header is not replaced by a valid cookie, and the origin is still checked', async () => {
    const eve = await server.signUp();
    const both = { token: eve.token, cookie: ada.cookie };
    expect((await server.call('GET', '/api/me', both)).body.id).toBe(eve.user.id);
    expect(
      (await server.call('GET', '/api/me', { ...both, headers: { authorization: 'Bearer x' } })).status,
    ).toBe(401);
    const foreign = { ...both, headers: { origin: 'https://evil.example' } };
    expect((await server.post('/api/logout', undefined, foreign)).body.code).toBe('CSRF_REJECTED');
  });
});
