import { expect, it } from 'vitest';
import { call, cookieHeader, PASSWORD, useTestServer } from './kit/index.ts';
import { tokenIn } from '@linkgrove/api/testing';

const server = useTestServer({ worker: true });

it('one person refers another; both verify and one resets the password; all counts are exact', async () => {
  const ada = await server.post('/api/register', {
    email: 'Ada@Example.com',
    username: 'Ada',
    password: PASSWORD,
  });
  expect(ada.status).toBe(201);
  const { referralCode, referralUrl } = ada.body.user;
  expect(referralUrl).toBe(`http://localhost:3000/register?referral=${referralCode}`);

  const bob = await server.post('/api/register', {
    email: 'bob@example.com',
    username: 'bob',
    password: PASSWORD,
    referralCode,
  });
  expect(bob.body.user.referredBy).toBe('Ada');
  const stats = async () =>
    (await server.call('GET', '/api/referral-stats', { token: ada.body.accessToken })).body;
  expect(await stats()).toMatchObject({ signups: 1, pending: 1, successful: 0, creditsEarned: 0 });

  const verification = await server.mailbox.waitFor('bob@example.com', 'Verify');
  expect(verification.html).toContain(`http://localhost:3000/verify-email?token=${tokenIn(verification)}`);
  const verified = await server.call('POST', '/api/verify-email', { body: { token: tokenIn(verification) } });
  expect(verified).toMatchObject({ status: 200, body: { user: { username: 'bob', emailVerified: true } } });
  expect(await stats()).toMatchObject({
    signups: 1,
    pending: 0,
    successful: 1,
    conversionRate: 1,
    creditsEarned: 10,
    creditsBalance: 10,
  });

  const listed = await server.call('GET', '/api/referrals', { token: ada.body.accessToken });
  expect(listed.body).toEqual({
    items: [
      {
        id: expect.any(String),
        username: 'bob',
        status: 'successful',
        dateReferred: expect.stringMatching(/^\d{4}-.*Z$/),
        qualifiedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        link: { code: referralCode, label: null },
        source: 'link',
        page: null,
        reward: { state: 'granted', credits: 10 },
      },
    ],
    nextCursor: null,
  });
  expect(JSON.stringify(listed.body)).not.toContain('bob@example.com');

  const forgot = await server.call('POST', '/api/forgot-password', { body: { email: 'BOB@example.com' } });
  expect(forgot.status).toBe(202);
  const reset = await server.mailbox.waitFor('bob@example.com', 'Reset');
  const password = 'another-horse-battery';
  const token = tokenIn(reset);
  expect((await server.call('POST', '/api/reset-password', { body: { token, password } })).status).toBe(204);

  const me = (cookies: Record<string, string>) =>
    call(server.url, 'GET', '/api/me', { cookie: cookieHeader(cookies) });
  expect((await me(bob.cookies)).body.code).toBe('SESSION_EXPIRED');
  expect((await server.login('BOB', PASSWORD)).body.code).toBe('INVALID_CREDENTIALS');
  const again = await server.login('BOB', password);
  expect(again.status).toBe(200);
  expect((await me(again.cookies)).body.username).toBe('bob');
});

it('a mail carries the ID of the request that asked for it, also if another job wrote it', async () => {
  const ask = (path: string, body: object, id: string) =>
    server.call('POST', path, { body, headers: { 'x-request-id': id } });
  const eve = { email: 'eve@example.com', username: 'eve', password: PASSWORD };
  expect((await ask('/api/register', eve, 'sign-up-1')).status).toBe(201);
  expect((await server.mailbox.waitFor(eve.email, 'Verify')).requestId).toBe('sign-up-1');
  expect((await ask('/api/forgot-password', { email: eve.email }, 'forgotten-2')).status).toBe(202);
  expect((await server.mailbox.waitFor(eve.email, 'Reset')).requestId).toBe('forgotten-2');
});
