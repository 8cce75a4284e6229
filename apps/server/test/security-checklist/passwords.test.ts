import bcrypt from 'bcrypt';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  markVerified,
  newPerson,
  PASSWORD,
  readPasswordHash,
  startTestServer,
  useTestServer,
} from '../kit/index.ts';

const server = useTestServer({ worker: true });
/** How often a password was hashed or compared. */
let hashings = 0;
beforeAll(() => {
  const { passwords } = server.app;
  const { hash, verify } = passwords;
  passwords.hash = (...args) => {
    hashings += 1;
    return hash(...args);
  };
  passwords.verify = (...args) => {
    hashings += 1;
    return verify(...args);
  };
});

const loginStatus = async (identifier: string, password: string) =>
  (await server.login(identifier, password)).status;
const hashOf = (id: string) => readPasswordHash(server, id);

// Eight different animals: 8 code points, 16 UTF-16 code units, 32 bytes.
const ANIMALS = '🦊🐙🦉🐝🦋🐢🦔🐳';

it('P1 a password has at least 8 code points, however many code units they take', async () => {
  for (const short of ['k9#vQ2x', [...ANIMALS].slice(0, 7).join('')]) {
    expect(await server.register({ password: short })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'password', message: expect.stringContaining('at least 8') }] },
    });
  }
  for (const enough of ['k9#vQ2xL', ANIMALS])
    expect((await server.register({ password: enough })).status).toBe(201);
});

const LONG =
  'Быстрая бурая лиса прыгает через ленивую собаку, 🦊🐙 und zwölf Boxkämpfer jagen Viktor. '.repeat(2);

it.each([
  ['64 code points', [...LONG].slice(0, 64).join('')],
  ['128 code points', [...LONG].slice(0, 128).join('')],
  ['20 lower-case letters and nothing else', 'qzjvkwpxmtbhgyfdlcns'],
  ['spaces', 'a sentence with some spaces'],
])('P2 a password of %s is accepted and signs in', async (_case, password) => {
  const { username } = await server.signUp({ password });
  expect(await loginStatus(username, password)).toBe(200);
});

it('P2 a password of 129 code points is refused, not cut', async () => {
  expect(await server.register({ password: [...LONG].slice(0, 129).join('') })).toMatchObject({
    status: 400,
    body: { errors: [{ message: expect.stringContaining('at most 128') }] },
  });
});

it('P3 every character counts, even beyond 72 bytes', async () => {
  const long = 'correct-horse-battery-staple-'.repeat(3).slice(0, 72);
  const { username } = await server.signUp({ password: `${long}X` });
  expect(await loginStatus(username, `${long}X`)).toBe(200);
  for (const other of [`${long}Y`, long, `${long}XX`]) expect(await loginStatus(username, other)).toBe(401);
});

it('P4 a NUL character does not end a password', async () => {
  expect((await server.register({ password: 'correct-horse\0battery' })).status).toBe(400);
  const { username } = await server.signUp({ password: 'correct-horse' });
  for (const other of ['correct-horse\0', 'correct-horse\0zzz', '\0'])
    expect(await loginStatus(username, other)).toBe(401);
});

it('P5 a lone surrogate is refused', async () => {
  expect((await server.register({ password: 'correct-horse-\ud800' })).status).toBe(400);
  const { username } = await server.signUp({ password: 'correct-horse-\ufffd' });
  expect(await loginStatus(username, 'correct-horse-\ud800')).toBe(400);
});

it('P6 a password of a megabyte is refused before any hashing', async () => {
  const { username, token } = await server.signUp();
  const before = hashings;
  for (const size of [1_000_000, 2_000_000]) {
    const huge = 'x'.repeat(size);
    const answers = await Promise.all([
      server.register({ password: huge }),
      server.post('/api/login', { identifier: username, password: huge }),
      server.post('/api/me/password', { currentPassword: huge, newPassword: huge }, { token }),
      server.post('/api/reset-password', { token: 'x', password: huge }),
    ]);
    for (const { status } of answers) expect([400, 413]).toContain(status);
  }
  expect(hashings).toBe(before);
});

describe('P7 a password that is easy to guess', () => {
  const common = [
    'password',
    'password1',
    'Password123',
    '12345678',
    '123456789',
    '1234567890',
    'qwertyuiop',
    'iloveyou',
    'sunshine',
    'princess',
    'football',
    'baseball',
    'superman',
    'trustno1',
    'letmein1',
    'welcome1',
    'passw0rd',
    'p@ssw0rd',
    'aaaaaaaa',
    'abcdefgh',
    'abcd1234',
    '11111111',
    '87654321',
    'linkgrove',
    'Linkgrove1',
  ];
  it.each(common)('is refused with a reason: %s', async (password) => {
    expect(await server.register({ password: password })).toMatchObject({
      status: 400,
      body: {
        errors: [{ path: 'password', code: 'weak_password', message: expect.stringMatching(/\w{4,}/) }],
      },
    });
  });

  it('includes the user’s own name or address, wherever a password is set', async () => {
    const body = { email: 'wilhelmina.murray@example.com', username: 'wilhelmina-murray' };
    for (const password of ['wilhelmina-murray', 'wilhelmina.murray', 'Wilhelmina1']) {
      expect((await server.post('/api/register', { ...body, password })).body.errors?.[0]?.code).toBe(
        'weak_password',
      );
    }
    const { token } = await server.signUp({ ...body, password: PASSWORD });
    const change = { currentPassword: PASSWORD, newPassword: 'wilhelmina-murray' };
    expect((await server.post('/api/me/password', change, { token })).body.errors[0]).toMatchObject({
      path: 'newPassword',
      code: 'weak_password',
    });
    await server.post('/api/forgot-password', { email: body.email });
    const mailed = await server.readMailedToken(body.email, 'Reset');
    const reset = await server.post('/api/reset-password', { token: mailed, password: 'wilhelmina-murray' });
    expect(reset.body.errors[0].code).toBe('weak_password');
  });
});

describe('P8 the stored hash', () => {
  it('is bcrypt with the configured cost, and differs for the same password', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    const [first, second] = [await hashOf(ada.user.id), await hashOf(bob.user.id)];
    expect(first).toMatch(/^\$2b\$04\$[./A-Za-z0-9]{53}$/);
    expect(second).not.toBe(first);
    // The hash is useless without the pepper, because it is not of the password itself.
    expect(await bcrypt.compare(PASSWORD, first)).toBe(false);
  });

  it('is renewed at the next sign-in after the cost has changed', async () => {
    const { user, username } = await server.signUp();
    const costly = await startTestServer({ env: { BCRYPT_COST: '5' } });
    const dearer = await costly.app.passwords.hash(PASSWORD);
    await costly.close();
    await server.app.db
      .updateTable('users')
      .set({ password_hash: dearer })
      .where('id', '=', user.id)
      .execute();
    expect(await loginStatus(username, PASSWORD)).toBe(200);
    expect(await hashOf(user.id)).toMatch(/^\$2b\$04\$/);
    expect(await loginStatus(username, PASSWORD)).toBe(200);
  });
});

describe('P9 changing the password', () => {
  it('requires the current one, ends the other sessions and sends a mail', async () => {
    const ada = await server.signUp();
    await markVerified(server, ada);
    const other = await server.post('/api/login', { identifier: ada.username, password: PASSWORD });
    const change = (body: object) => server.post('/api/me/password', body, { token: ada.token });
    const newPassword = 'another-horse-battery';
    expect((await change({ newPassword })).status).toBe(400);
    expect(await change({ currentPassword: 'not-it', newPassword })).toMatchObject({
      status: 401,
      body: { code: 'INVALID_CREDENTIALS' },
    });
    expect((await change({ currentPassword: PASSWORD, newPassword })).status).toBe(204);
    expect((await server.call('GET', '/api/me', { token: other.body.accessToken })).status).toBe(401);
    expect((await server.call('GET', '/api/me', { token: ada.token })).status).toBe(200);
    await server.mailbox.waitFor(ada.email, 'password was changed');
  });

  it('cancels a pending change of address', async () => {
    const ada = await server.signUp();
    const email = newPerson().email;
    await server.post('/api/me/email', { email, password: PASSWORD }, { token: ada.token });
    const pending = await server.readMailedToken(email, 'Verify');
    const change = { currentPassword: PASSWORD, newPassword: 'another-horse-battery' };
    expect((await server.post('/api/me/password', change, { token: ada.token })).status).toBe(204);
    expect((await server.post('/api/verify-email', { token: pending })).status).toBe(410);
  });

  it('counts wrong current passwords wherever one is required', async () => {
    const strict = await startTestServer({ env: { RATE_LIMIT_LOGIN: '3/15m' } });
    const { token } = await strict.signUp();
    const password = 'not-the-password';
    const attempts = [
      ['POST', '/api/me/password', { currentPassword: password, newPassword: 'another-horse-battery' }],
      ['POST', '/api/me/email', { password, email: 'new@example.com' }],
      ['DELETE', '/api/me', { password }],
      ['POST', '/api/me/password', { currentPassword: PASSWORD, newPassword: 'another-horse-battery' }],
    ] as const;
    const statuses = [];
    for (const [method, path, body] of attempts)
      statuses.push((await strict.call(method, path, { token, body })).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
    await strict.close();
  });
});
