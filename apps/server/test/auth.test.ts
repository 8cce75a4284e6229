import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  cookieHeader,
  dumpTables,
  eventually,
  newPerson,
  PASSWORD,
  range,
  startInstance,
  useTestServer,
} from './kit/index.ts';
import { tokenIn } from '@linkgrove/api/testing';

const server = useTestServer({ worker: true });

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('registration', () => {
  it('answers 201 with the user, a bearer token and both cookies', async () => {
    const { status, body, headers } = await server.post('/api/register', newPerson());
    expect(status).toBe(201);
    expect(body).toEqual({
      user: {
        id: expect.stringMatching(UUID_V7),
        email: expect.any(String),
        username: expect.any(String),
        displayName: null,
        emailVerified: false,
        mfa: { totp: false, recoveryCodes: 0, passkeys: 0 },
        referralCode: expect.stringMatching(/^[2-9a-z]{8}$/),
        referralUrl: `http://localhost:3000/register?referral=${body.user.referralCode}`,
        referredBy: null,
        role: 'user',
        premiumUntil: null,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
      accessToken: expect.any(String),
      tokenType: 'Bearer',
      expiresIn: 900,
    });
    const [access, refresh, marker] = headers.getSetCookie();
    expect(access).toMatch(/^access_token=[^;]+; Max-Age=900; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(refresh).toMatch(/^refresh_token=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(marker).toBe('linkgrove_session=1; Max-Age=2592000; Path=/; SameSite=Lax');
  });

  it('stores no password, refresh token or mailed token in the clear', async () => {
    const person = newPerson();
    const { cookies } = await server.post('/api/register', person);
    const token = await server.readMailedToken(person.email, 'Verify');
    for (const { text } of await dumpTables(server.app.db)) {
      for (const secret of [person.password, cookies['refresh_token'] as string, token])
        expect(text).not.toContain(secret);
    }
  });

  it.each([
    ['email', { email: 'no-address' }, 'Enter an email address'],
    ['email', { email: `${'a'.repeat(65)}@example.com` }, 'Enter an email address'],
    ['email', { email: 'a@example.com,b@example.com' }, 'Enter an email address'],
    ['username', { username: 'ab' }, '3–30'],
    ['username', { username: 'a__b' }, '3–30'],
    ['username', { username: 'аdmіn' }, '3–30'],
    ['username', { username: 'Admin' }, 'reserved'],
    ['username', { username: 42 }, 'of type string'],
    ['password', { password: 'short' }, 'at least 8'],
    ['password', { password: 'x'.repeat(129) }, 'at most 128'],
    ['password', { password: 'Password123!' }, 'commonly used'],
    ['password', { password: undefined }, 'Required'],
    ['isAdmin', { isAdmin: true }, 'Unknown field'],
    ['role', { role: 'admin' }, 'Unknown field'],
  ])('refuses an invalid %s (%j) and explains what is valid', async (path, change, message) => {
    const { status, body } = await server.post('/api/register', { ...newPerson(), ...change });
    expect(status).toBe(400);
    expect(body.code).toBe('VALIDATION_FAILED');
    expect(body.errors).toEqual([
      { path, message: expect.stringContaining(message), code: expect.any(String) },
    ]);
  });

  it('refuses a password made from the user’s own name or address', async () => {
    const body = {
      email: 'marguerite.hopper@example.com',
      username: 'marguerite-hopper',
      password: 'marguerite-hopper',
    };
    expect((await server.post('/api/register', body)).body.errors[0].path).toBe('password');
    expect((await server.post('/api/register', { ...body, password: 'marguerite.hopper@' })).status).toBe(
      400,
    );
  });

  it.each([
    [{ username: 'Admin', password: 'password1' }, ['username', 'password']],
    [{ email: 'x', password: 'password1' }, ['email', 'password']],
    [{ email: 'x', username: 'admin', password: 'Password123!' }, ['email', 'username', 'password']],
    [{ email: undefined, username: 'a__b', password: 'password1' }, ['email', 'username', 'password']],
    [{ email: 'x', username: 'lovelace1815', password: 'lovelace1815!' }, ['email', 'password']],
    [{ email: 'x'.repeat(100_000), password: 'password1', extra: 1 }, ['email', 'extra', 'password']],
    [{ email: 'x', password: 'short' }, ['email', 'password']],
  ])('reports a weak password and a reserved name next to other errors: %j', async (change, paths) => {
    const input = { ...newPerson(), ...change };
    const rest = await server.post('/api/register', input);
    const trpc = await server.post('/trpc/auth.register', input);
    for (const problem of [rest.body, trpc.body.error.data]) {
      expect([problem.status, problem.code]).toEqual([400, 'VALIDATION_FAILED']);
      expect(problem.errors.map(({ path }: { path: string }) => path)).toEqual(paths);
    }
  });

  it('judges the passwords of 60 wrong registrations a minute, and refuses the others all the same', async () => {
    const strict = await startInstance(server.databaseUrl, {});
    const counts: number[] = [];
    for (const _ of range(62)) {
      const { body } = await strict.post('/api/register', {
        ...newPerson(),
        email: 'x',
        password: 'password1',
      });
      counts.push(body.errors.length);
    }
    expect(counts).toEqual([...range(60).map(() => 2), 1, 1]);
    await strict.close();
  });

  it('reports every invalid member at once', async () => {
    const { body } = await server.post('/api/register', {
      email: 'x',
      username: '-',
      password: 'y',
      extra: 1,
    });
    expect(body.errors.map((row: { path: string }) => row.path).toSorted()).toEqual([
      'email',
      'extra',
      'password',
      'username',
    ]);
  });

  it('accepts an address and a username only once, whatever their case', async () => {
    const { email, username } = await server.signUp();
    const sameEmail = await server.post('/api/register', { ...newPerson(), email: email.toUpperCase() });
    expect(sameEmail).toMatchObject({
      status: 409,
      body: { code: 'EMAIL_TAKEN', detail: 'Email already in use' },
    });
    const sameName = await server.post('/api/register', { ...newPerson(), username: username.toUpperCase() });
    expect(sameName).toMatchObject({ status: 409, body: { code: 'USERNAME_TAKEN' } });
  });
});

describe('login', () => {
  it('accepts the address or the username in any case', async () => {
    const { email, username, user } = await server.signUp();
    for (const identifier of [email.toUpperCase(), ` ${username.toUpperCase()} `]) {
      const { status, body } = await server.post('/api/login', { identifier, password: PASSWORD });
      expect(status).toBe(200);
      expect(body).toMatchObject({ user: { id: user.id }, tokenType: 'Bearer', expiresIn: 900 });
    }
  });

  it('answers the same for an unknown name and a wrong password', async () => {
    const { username } = await server.signUp();
    const wrong = await server.post('/api/login', { identifier: username, password: 'not-the-password' });
    const unknown = await server.post('/api/login', {
      identifier: 'nobody-has-this',
      password: 'not-the-password',
    });
    expect(wrong).toMatchObject({
      status: 401,
      body: { code: 'INVALID_CREDENTIALS', detail: 'Wrong email, username or password' },
    });
    expect({ ...unknown.body, requestId: '' }).toEqual({ ...wrong.body, requestId: '' });
    expect(unknown.headers.getSetCookie()).toEqual([]);
  });

  it('does not trim a password or change its case', async () => {
    const { username } = await server.signUp();
    for (const password of [PASSWORD.toUpperCase(), ` ${PASSWORD}`, `${PASSWORD} `]) {
      expect((await server.login(username, password)).status).toBe(401);
    }
  });
});

describe('access', () => {
  it('is granted by bearer token or cookie, and a valid cookie does not rescue an invalid header', async () => {
    const { token, cookie, user } = await server.signUp();
    expect((await server.call('GET', '/api/me', { token })).body).toEqual(user);
    expect((await server.call('GET', '/api/me', { cookie })).body).toEqual(user);
    const mixed = await server.call('GET', '/api/me', {
      cookie,
      headers: { authorization: 'Bearer nonsense' },
    });
    expect(mixed).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    expect(mixed.headers.get('www-authenticate')).toContain('invalid_token');
  });

  it.each(['/api/me', '/api/referrals', '/api/referral-stats'])('to %s requires a session', async (path) => {
    expect(await server.call('GET', path)).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
  });

  it('ends at once when the session is logged out, and logging out again succeeds', async () => {
    const { token, cookie } = await server.signUp();
    const first = await server.post('/api/logout', undefined, { cookie });
    expect(first.status).toBe(204);
    expect(first.headers.getSetCookie().map((line) => line.split('=')[0])).toEqual([
      'access_token',
      'refresh_token',
      'linkgrove_session',
    ]);
    expect(first.cookies).toEqual({ access_token: '', refresh_token: '', linkgrove_session: '' });
    expect((await server.call('GET', '/api/me', { token })).body.code).toBe('SESSION_EXPIRED');
    expect((await server.post('/api/refresh', undefined, { cookie })).body.code).toBe('SESSION_EXPIRED');
    expect((await server.post('/api/logout', undefined, { cookie })).status).toBe(204);
    expect((await server.post('/api/logout')).status).toBe(204);
  });
});

describe('refreshing a session', () => {
  const refreshWith = (cookies: Record<string, string>) =>
    server.post('/api/refresh', undefined, { cookie: cookieHeader(cookies) });
  const start = async () => (await server.register()).cookies;

  it('replaces both cookies and answers like a sign-in', async () => {
    const before = await start();
    const { status, body, cookies } = await refreshWith(before);
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['user', 'accessToken', 'tokenType', 'expiresIn']);
    expect(cookies['refresh_token']).not.toBe(before['refresh_token']);
    expect((await server.call('GET', '/api/me', { token: body.accessToken })).status).toBe(200);
  });

  it('gives parallel tabs the same new token for ten seconds', async () => {
    const before = await start();
    const first = await refreshWith(before);
    const second = await refreshWith(before);
    expect(second.status).toBe(200);
    expect(second.cookies['refresh_token']).toBe(first.cookies['refresh_token']);
  });

  it('gives a slow tab the newest token, not one that another tab has already replaced', async () => {
    const before = await start();
    const first = await refreshWith(before);
    const second = await refreshWith(first.cookies);
    const slow = await refreshWith(before);
    expect(slow.cookies['refresh_token']).toBe(second.cookies['refresh_token']);
  });

  it('ends the session when an older token is used again', async () => {
    const before = await start();
    const { cookies, body } = await refreshWith(before);
    await sql`update refresh_tokens set rotated_at = rotated_at - interval '11 seconds' where rotated_at is not null`.execute(
      server.app.db,
    );
    expect(await refreshWith(before)).toMatchObject({ status: 401, body: { code: 'SESSION_EXPIRED' } });
    expect((await refreshWith(cookies)).body.code).toBe('SESSION_EXPIRED');
    expect((await server.call('GET', '/api/me', { token: body.accessToken })).status).toBe(401);
  });

  it('refuses an unknown token, and an access token in place of a refresh token', async () => {
    const cookies = await start();
    expect((await refreshWith({ refresh_token: 'A'.repeat(43) })).body.code).toBe('UNAUTHENTICATED');
    expect((await refreshWith({ refresh_token: cookies['access_token'] as string })).status).toBe(401);
    expect((await server.post('/api/refresh')).body.code).toBe('UNAUTHENTICATED');
  });

  it('refuses an expired session', async () => {
    const { cookie, user } = await server.signUp();
    await server.app.db
      .updateTable('sessions')
      .set({ expires_at: new Date(0) })
      .where('user_id', '=', user.id)
      .execute();
    expect((await server.post('/api/refresh', undefined, { cookie })).body.code).toBe('SESSION_EXPIRED');
  });
});

describe('email verification', () => {
  it('succeeds once and then reports a used token', async () => {
    const { email, token } = await server.signUp();
    const mailed = await server.readMailedToken(email, 'Verify');
    expect((await server.call('GET', '/api/me', { token })).body.emailVerified).toBe(false);
    expect((await server.post('/api/verify-email', { token: mailed })).body.user.emailVerified).toBe(true);
    expect((await server.call('GET', '/api/me', { token })).body.emailVerified).toBe(true);
    expect(await server.post('/api/verify-email', { token: mailed })).toMatchObject({
      status: 410,
      body: {
        code: 'TOKEN_EXPIRED',
        detail: 'This address is already verified. You can sign in.',
        errors: [{ path: 'token', code: 'already_verified' }],
      },
    });
  });

  it('says that the address is verified also for a link that a newer one replaced, until the address changes', async () => {
    const ada = await server.signUp();
    const first = await server.readMailedToken(ada.email, 'Verify');
    await server.as(ada, 'POST', '/api/resend-verification');
    await eventually(() => server.mailbox.received.filter(({ to }) => to === ada.email).length === 2);
    const second = await server.mailbox.waitFor(ada.email, 'Verify');
    const open = async (token: string) => (await server.post('/api/verify-email', { token })).body;
    expect((await open(first)).errors).toBeUndefined();
    expect((await open(tokenIn(second))).user.emailVerified).toBe(true);
    for (const token of [first, tokenIn(second)])
      expect((await open(token)).detail).toMatch(/already verified/);
    await server.app.db
      .updateTable('users')
      .set({ email: 'moved@example.com' })
      .where('id', '=', ada.user.id)
      .execute();
    expect(await open(first)).toMatchObject({ code: 'TOKEN_EXPIRED', detail: /expired or was already used/ });
  });

  it('answers the same for unknown, expired and unrelated tokens', async () => {
    const { email, user } = await server.signUp();
    const mailed = await server.readMailedToken(email, 'Verify');
    await server.app.db
      .updateTable('email_tokens')
      .set({ expires_at: new Date(0) })
      .where('user_id', '=', user.id)
      .execute();
    const answers = [
      await server.post('/api/verify-email', { token: mailed }),
      await server.post('/api/verify-email', { token: 'nonsense' }),
    ];
    for (const { status, body } of answers) expect([status, body.code]).toEqual([410, 'TOKEN_EXPIRED']);
    expect(
      (await server.post('/api/reset-password', { token: mailed, password: 'another-horse-battery' })).status,
    ).toBe(410);
  });

  it('can be requested again; the new token replaces the first', async () => {
    const { email, token } = await server.signUp();
    const first = await server.mailbox.waitFor(email, 'Verify');
    expect((await server.post('/api/resend-verification', undefined, { token })).status).toBe(202);
    const second = await eventually(() =>
      server.mailbox.received.find((mail) => mail.to === email && mail !== first),
    );
    expect((await server.post('/api/verify-email', { token: tokenIn(first) })).status).toBe(410);
    expect((await server.post('/api/verify-email', { token: tokenIn(second) })).status).toBe(200);
    expect((await server.post('/api/resend-verification', undefined, { token })).status).toBe(202);
    expect((await server.post('/api/resend-verification')).status).toBe(401);
  });
});

describe('password reset', () => {
  const requestReset = async (email: string) => {
    await server.post('/api/forgot-password', { email });
    return await server.readMailedToken(email, 'Reset');
  };

  it('answers the same for known and unknown addresses and mails only known ones', async () => {
    const { email } = await server.signUp();
    const known = await server.post('/api/forgot-password', { email });
    const unknown = await server.post('/api/forgot-password', { email: 'nobody@example.com' });
    expect([known.status, unknown.status]).toEqual([202, 202]);
    expect(unknown.body).toEqual(known.body);
    await server.mailbox.waitFor(email, 'Reset');
    await eventually(async () => {
      const open = await server.app.db
        .selectFrom('outbox')
        .select('id')
        .where('done_at', 'is', null)
        .execute();
      return open.length === 0;
    });
    expect(server.mailbox.received.some((mail) => mail.to === 'nobody@example.com')).toBe(false);
  });

  it('checks the new password before it uses up the token', async () => {
    const { email, username } = await server.signUp();
    const token = await requestReset(email);
    expect(
      (await server.post('/api/reset-password', { token, password: 'password1' })).body.errors[0].path,
    ).toBe('password');
    expect(
      (await server.post('/api/reset-password', { token, password: 'another-horse-battery' })).status,
    ).toBe(204);
    expect(
      (await server.post('/api/reset-password', { token, password: 'another-horse-battery' })).status,
    ).toBe(410);
    expect(
      (await server.post('/api/login', { identifier: username, password: 'another-horse-battery' })).status,
    ).toBe(200);
  });

  it('invalidates an earlier link', async () => {
    const { email } = await server.signUp();
    const first = await requestReset(email);
    const count = () =>
      server.mailbox.received.filter((mail) => mail.to === email && mail.subject.includes('Reset')).length;
    await server.post('/api/forgot-password', { email });
    await eventually(() => count() === 2);
    expect(
      (await server.post('/api/reset-password', { token: first, password: 'another-horse-battery' })).status,
    ).toBe(410);
  });
});
