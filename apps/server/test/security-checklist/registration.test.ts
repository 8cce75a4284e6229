import { describe, expect, it } from 'vitest';
import { crowd, newPerson, NO_ID, PASSWORD, useTestServer } from '../kit/index.ts';

const server = useTestServer({ worker: true });

const statusesOf = (answers: { status: number }[]) =>
  answers.map(({ status }) => status).toSorted((a, b) => a - b);

it('R1 a new user gets 201 without a hash, an internal flag or a refresh token in the body', async () => {
  const { status, body, cookies } = await server.register();
  expect([status, Object.keys(body)]).toEqual([201, ['user', 'accessToken', 'tokenType', 'expiresIn']]);
  expect(JSON.stringify(body)).not.toMatch(/hash|\$2b\$|canonical|suspended/i);
  expect(JSON.stringify(body)).not.toContain(cookies['refresh_token']);
});

describe('R2 a taken address', () => {
  it('is refused in any case and with spaces around it, and the account stays unchanged', async () => {
    const { email, username, user } = await server.signUp();
    for (const spelling of [email, email.toUpperCase(), `  ${email}\t`]) {
      const { status, body, headers } = await server.register({
        email: spelling,
        password: 'not-the-first-horse',
      });
      expect([status, body.code]).toEqual([409, 'EMAIL_TAKEN']);
      expect(headers.getSetCookie()).toEqual([]);
    }
    const { status, body } = await server.login(username, PASSWORD);
    expect([status, body.user]).toEqual([200, user]);
    expect((await server.login(email, 'not-the-first-horse')).status).toBe(401);
  });

  it('cannot be imitated with look-alike letters', async () => {
    const { email } = await server.signUp({ email: 'person-1@example.com' });
    for (const spelling of [email.replace('@', '＠'), email.replace('p', 'р'), email.replace('1', '１')]) {
      expect(await server.register({ email: spelling })).toMatchObject({ status: 400 });
    }
  });
});

it('R3 50 registrations with one address or one username, 30 at once, create one account each', async () => {
  const [byEmail, byName] = [newPerson(), newPerson()];
  const emails = await crowd(50, 30, () => server.register({ email: byEmail.email }));
  const names = await crowd(50, 30, () => server.register({ username: byName.username }));
  for (const answers of [emails, names]) {
    expect(statusesOf(answers)).toEqual([201, ...Array.from({ length: 49 }, () => 409)]);
  }
  const rows = await server.app.db
    .selectFrom('users')
    .select('id')
    .where((eb) => eb.or([eb('email', '=', byEmail.email), eb('username', '=', byName.username)]))
    .execute();
  expect(rows).toHaveLength(2);
});

const FOREIGN_MEMBERS = {
  role: 'admin',
  isAdmin: true,
  emailVerified: true,
  id: NO_ID,
  createdAt: '2020-01-01T00:00:00Z',
  referralCount: 99,
  referredBy: 'ada',
  userId: NO_ID,
};

it.each(Object.entries(FOREIGN_MEMBERS))('R4 a new user cannot set the member %s', async (name, value) => {
  const person = newPerson();
  for (const path of ['/api/register', '/trpc/auth.register']) {
    const { status, body } = await server.post(path, { ...person, [name]: value });
    const problem = body.error?.data ?? body;
    expect([status, problem.errors]).toEqual([
      400,
      [{ path: name, message: expect.any(String), code: 'unknown_member' }],
    ]);
  }
  expect((await server.post('/api/register', person)).body.user).toMatchObject({
    role: 'user',
    emailVerified: false,
    referredBy: null,
  });
});

describe('R5 an account that a stranger created with my address', () => {
  const takeOver = async (email: string) => {
    await server.post('/api/forgot-password', { email });
    const token = await server.readMailedToken(email, 'Reset');
    return server.post('/api/reset-password', { token, password: 'the-owner-of-the-mailbox' });
  };

  it('is mine after a reset, and the stranger’s password and sessions stop working', async () => {
    const stranger = await server.signUp();
    expect((await takeOver(stranger.email)).status).toBe(204);
    expect((await server.login(stranger.email, PASSWORD)).status).toBe(401);
    expect((await server.call('GET', '/api/me', { token: stranger.token })).status).toBe(401);
    expect((await server.post('/api/refresh', undefined, { cookie: stranger.cookie })).status).toBe(401);
    expect((await server.login(stranger.email, 'the-owner-of-the-mailbox')).status).toBe(200);
  });

  it('cannot be moved by an address change that the stranger requested before the reset', async () => {
    const stranger = await server.signUp();
    const elsewhere = newPerson().email;
    const { token } = stranger;
    expect(
      (await server.post('/api/me/email', { email: elsewhere, password: PASSWORD }, { token })).status,
    ).toBe(202);
    const pending = await server.readMailedToken(elsewhere, 'Verify');
    await takeOver(stranger.email);
    expect(await server.post('/api/verify-email', { token: pending })).toMatchObject({
      status: 410,
      body: { code: 'TOKEN_EXPIRED' },
    });
    expect((await server.login(stranger.email, 'the-owner-of-the-mailbox')).body.user.email).toBe(
      stranger.email,
    );
  });

  it('earns its referrer nothing until the address is verified', async () => {
    const referrer = await server.signUp();
    await server.signUp({ referralCode: referrer.user.referralCode });
    const { body } = await server.call('GET', '/api/referral-stats', { token: referrer.token });
    expect(body).toMatchObject({ pending: 1, successful: 0, creditsEarned: 0 });
  });
});

const BAD_ADDRESSES = [
  'ada＠example.com',
  'ada﹫example.com',
  'ada@evil@example.com',
  'ada@example.com,eve@example.com',
  'ada@example.com;eve@example.com',
  'ada@example.com eve@example.com',
  'ada@example.com\r\nBcc: eve@example.com',
  'ada\n@example.com',
  '"ada"@example.com',
  '"ada@evil"@example.com',
  'Ada <ada@example.com>',
  '<ada@example.com>',
  'ada(comment)@example.com',
  `${'a'.repeat(243)}@example.com`,
  'ada\0@example.com',
  'ada@127.0.0.1',
  'ada@[127.0.0.1]',
  'ada@localhost',
  'ada@example..com',
  '.ada@example.com',
  'ada@-example.com',
  'ädä@example.com',
];

it.each(BAD_ADDRESSES)('R6 %j is not an address', async (email) => {
  const sent = server.mailbox.received.length;
  expect(await server.register({ email })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'email' }] },
  });
  expect((await server.post('/api/forgot-password', { email })).status).toBe(400);
  for (const mail of server.mailbox.received.slice(sent)) expect(mail.recipients).toHaveLength(1);
});

const BAD_NAMES = [
  'аda-lovelace',
  'ada\u200blovelace',
  'ada\u202elovelace',
  'ada\u2066lovelace',
  'adaλovelace',
  'ａｄａ',
  'ada lovelace',
  'ada/lovelace',
  '.well-known',
  'ada..lovelace',
  '../admin',
  'admin',
  'API',
  'Login',
  'trpc',
  'robots.txt',
  'favicon.ico',
  'apple-touch-icon.png',
  'x'.repeat(31),
];

it.each(BAD_NAMES)('R7 %j is not a valid username', async (username) => {
  expect(await server.register({ username })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'username' }] },
  });
});

it('R7 a username is unique whatever its case', async () => {
  const { username } = await server.signUp();
  expect((await server.register({ username: username.toUpperCase() })).body.code).toBe('USERNAME_TAKEN');
});

describe('R8 a referral code', () => {
  it('that is unknown or the user’s own creates no account', async () => {
    const ada = await server.signUp();
    const own = ada.email.replace('@', '+other@');
    const unknown = newPerson();
    expect((await server.post('/api/register', { ...unknown, referralCode: 'nobody-has-it' })).status).toBe(
      422,
    );
    expect((await server.register({ email: own, referralCode: ada.user.referralCode })).body.code).toBe(
      'SELF_REFERRAL',
    );
    expect((await server.login(unknown.email, unknown.password)).status).toBe(401);
  });

  it('with 10 uses creates 10 accounts in 50 sign-ups, 30 at once', async () => {
    const ada = await server.signUp();
    const code = { code: 'ten-of-them', maxUses: 10 };
    expect((await server.post('/api/referral-links', code, { token: ada.token })).status).toBe(201);
    const answers = await crowd(50, 30, () => server.register({ referralCode: 'ten-of-them' }));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(answers.every(({ status }) => status === 201 || status === 422)).toBe(true);
    const { body } = await server.call('GET', '/api/referral-stats', { token: ada.token });
    expect([body.signups, body.pending]).toEqual([10, 10]);
  });

  it('is assigned once, even to the same user', async () => {
    const { token } = await server.signUp();
    const create = (path: string, code: string) => server.post(path, { code }, { token });
    expect((await create('/api/referral-links', 'mine-for-ever')).status).toBe(201);
    for (const code of ['mine-for-ever', 'MINE-for-ever']) {
      expect(await create('/api/referral-links', code)).toMatchObject({
        status: 409,
        body: { code: 'REFERRAL_CODE_TAKEN' },
      });
      expect((await create('/trpc/referralLinks.create', code)).status).toBe(409);
    }
  });

  it('earns nothing a second time when the account is deleted and created again', async () => {
    const ada = await server.signUp();
    const person = newPerson();
    const referralCode = ada.user.referralCode;
    for (let round = 0; round < 2; round++) {
      // The username of the deleted account is held.
      const { username } = newPerson();
      const { body } = await server.post('/api/register', { ...person, username, referralCode });
      const isAsked = ({ to, subject }: { to: string; subject: string }) =>
        to === person.email && subject.includes('Verify');
      await expect.poll(() => server.mailbox.received.filter(isAsked).length).toBeGreaterThan(round);
      const token = await server.readMailedToken(person.email, 'Verify');
      expect((await server.post('/api/verify-email', { token })).status).toBe(200);
      const options = { token: body.accessToken, body: { password: person.password } };
      expect((await server.call('DELETE', '/api/me', options)).status).toBe(204);
    }
    const { body } = await server.call('GET', '/api/referral-stats', { token: ada.token });
    expect(body).toMatchObject({ signups: 2, successful: 1, rejected: 1, creditsEarned: 10 });
  });
});
