import { rollUpDeltas } from '@linkgrove/api/jobs';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import {
  type Answer,
  cookieHeader,
  crowd,
  eventually,
  newPerson,
  PASSWORD,
  type SignedUp,
  signUpAdmin,
  tally,
  times,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer({ worker: true });

const passwordOf = (index: number) => `horse-battery-number-${index}`;

it('30 parallel registrations with one address create one account', async () => {
  const { email } = newPerson();
  const answers = await times(30, (index) =>
    server.post('/api/register', { ...newPerson(), email: index % 2 ? email : email.toUpperCase() }),
  );
  expect(tally(answers)).toEqual({ 201: 1, '409 EMAIL_TAKEN': 29 });
  await server.mailbox.waitFor(answers.find(({ status }) => status === 201)?.body.user.email, 'Verify');
});

it('30 parallel registrations with one username create one account', async () => {
  const { username } = newPerson();
  const answers = await times(30, () => server.post('/api/register', { ...newPerson(), username }));
  expect(tally(answers)).toEqual({ 201: 1, '409 USERNAME_TAKEN': 29 });
});

it('20 parallel uses of a verification token succeed once and qualify the referral once', async () => {
  const ada = await server.signUp();
  const bob = await server.signUp({ referralCode: ada.user.referralCode });
  const token = await server.readMailedToken(bob.email, 'Verify');
  expect(tally(await times(20, () => server.post('/api/verify-email', { token })))).toEqual({
    200: 1,
    '410 TOKEN_EXPIRED': 19,
  });
  const stats = (await server.call('GET', '/api/referral-stats', { token: ada.token })).body;
  expect(stats).toMatchObject({ signups: 1, pending: 0, successful: 1, creditsEarned: 10 });
});

it('20 parallel uses of a reset token set one password', async () => {
  const { email, username } = await server.signUp();
  await server.post('/api/forgot-password', { email });
  const token = await server.readMailedToken(email, 'Reset');
  const answers = await times(20, (index) =>
    server.post('/api/reset-password', { token, password: passwordOf(index) }),
  );
  expect(tally(answers)).toEqual({ 204: 1, '410 TOKEN_EXPIRED': 19 });
  const winner = answers.findIndex(({ status }) => status === 204);
  const logins = await times(20, (index) =>
    server.post('/api/login', { identifier: username, password: passwordOf(index) }),
  );
  expect(logins.map(({ status }) => status === 200)).toEqual(answers.map((_, index) => index === winner));
});

/** The milestone credits at 5, 10 and 25 successful referrals. */
const MILESTONES = 25 + 50 + 150;

it('60 parallel sign-ups by one link are counted exactly while the worker rolls up', async () => {
  const ada = await server.signUp();
  const referralCode = ada.user.referralCode;
  // No more at once than get a connection in time, also on a busy machine.
  const rollUps = crowd(20, 4, () => rollUpDeltas(server.app));
  const signUps = await crowd(60, 20, () => server.post('/api/register', { ...newPerson(), referralCode }));
  await rollUps;
  expect(tally(signUps)).toEqual({ 201: 60 });
  const stats = (await server.call('GET', '/api/referral-stats?days=1', { token: ada.token })).body;
  expect(stats).toMatchObject({
    signups: 60,
    pending: 60,
    successful: 0,
    daily: [{ signups: 60 }],
    links: [{ signups: 60 }],
  });

  const verified = await crowd(60, 10, async (index) => {
    const token = await server.readMailedToken(signUps[index]?.body.user.email, 'Verify');
    return server.post('/api/verify-email', { token });
  });
  expect(tally(verified)).toEqual({ 200: 60 });
  const after = (await server.call('GET', '/api/referral-stats?days=1', { token: ada.token })).body;
  expect(after).toMatchObject({
    signups: 60,
    pending: 0,
    successful: 60,
    creditsEarned: 60 * 10 + MILESTONES,
  });
  const { body } = await server.call('GET', '/api/referrals?limit=100', { token: ada.token });
  expect(body.items).toHaveLength(60);
});

it('a link with 10 uses accepts 10 of 30 parallel sign-ups', async () => {
  const ada = await server.signUp();
  await server.app.db
    .updateTable('referral_links')
    .set({ max_uses: 10 })
    .where('user_id', '=', ada.user.id)
    .execute();
  const answers = await times(30, () =>
    server.post('/api/register', { ...newPerson(), referralCode: ada.user.referralCode }),
  );
  expect(tally(answers)).toEqual({ 201: 10, '422 INVALID_REFERRAL_CODE': 20 });
});

it('30 parallel refreshes with one token return one new token, which works', async () => {
  const { cookies } = await server.post('/api/register', newPerson());
  const answers = await times(30, () =>
    server.post('/api/refresh', undefined, { cookie: cookieHeader(cookies) }),
  );
  expect(tally(answers)).toEqual({ 200: 30 });
  const children = new Set(answers.map((answer) => answer.cookies['refresh_token']));
  expect(children.size).toBe(1);
  const [child] = answers;
  expect(
    (await server.post('/api/refresh', undefined, { cookie: cookieHeader(child?.cookies ?? {}) })).status,
  ).toBe(200);
});

it('20 parallel requests for another verification mail leave one valid token', async () => {
  const { token, user } = await server.signUp();
  const answers = await times(20, () => server.post('/api/resend-verification', undefined, { token }));
  expect(tally(answers)).toEqual({ 202: 20 });
  const live = await server.app.db
    .selectFrom('email_tokens')
    .select('id')
    .where('user_id', '=', user.id)
    .where('used_at', 'is', null)
    .execute();
  expect(live).toHaveLength(1);
});

it('a sign-in that checked the password before a reset committed gets no session', async () => {
  const { email, username } = await server.signUp();
  await server.post('/api/forgot-password', { email });
  const token = await server.readMailedToken(email, 'Reset');
  const { passwords } = server.app;
  const { verify } = passwords;
  // The reset happens between the password check and the steps after it.
  passwords.verify = async (...args) => {
    const isRight = await verify(...args);
    await server.post('/api/reset-password', { token, password: 'another-horse-battery' });
    return isRight;
  };
  const late = await server.post('/api/login', { identifier: username, password: PASSWORD });
  passwords.verify = verify;
  expect(late.body.code).toBe('INVALID_CREDENTIALS');
  expect(
    (await server.post('/api/login', { identifier: username, password: 'another-horse-battery' })).status,
  ).toBe(200);
});

it('one of 20 parallel password changes with the same current password succeeds', async () => {
  const { token, username } = await server.signUp();
  const answers = await times(20, (index) =>
    server.post('/api/me/password', { currentPassword: PASSWORD, newPassword: passwordOf(index) }, { token }),
  );
  expect(tally(answers)).toEqual({ 204: 1, '401 INVALID_CREDENTIALS': 19 });
  const winner = answers.findIndex(({ status }) => status === 204);
  expect(
    (await server.post('/api/login', { identifier: username, password: passwordOf(winner) })).status,
  ).toBe(200);
});

const listTokens = (userId: string, purpose: 'verify_email' | 'change_email') =>
  server.app.db
    .selectFrom('email_tokens')
    .select('id')
    .where('user_id', '=', userId)
    .where('purpose', '=', purpose)
    .execute();

async function countEvents(userId: string, type: string): Promise<number> {
  const events = await server.app.db
    .selectFrom('security_events')
    .select('id')
    .where('user_id', '=', userId)
    .where('type', '=', type)
    .execute();
  return events.length;
}

const suspend = (userId: string, { token }: SignedUp) =>
  server.post(`/api/admin/users/${userId}/suspend`, { reason: 'Spam' }, { token });

async function isLockAwaited(): Promise<boolean> {
  const { rows } = await sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
    server.app.db,
  );
  return rows.length > 0;
}

/** Changes a user in a transaction that commits once `act` waits for it. */
async function callDuringChange(
  userId: string,
  change: { role?: 'admin'; email_verified_at?: Date },
  act: () => Promise<Answer>,
): Promise<Answer> {
  const answer = await server.app.db.transaction().execute(async (trx) => {
    await trx.updateTable('users').set(change).where('id', '=', userId).execute();
    const pending = act();
    await eventually(isLockAwaited);
    return { pending };
  });
  return answer.pending;
}

it('an email change that checked the password before a reset committed mails no link', async () => {
  const { email, token: accessToken, user } = await server.signUp();
  await server.post('/api/forgot-password', { email });
  const token = await server.readMailedToken(email, 'Reset');
  const { passwords } = server.app;
  const { verify } = passwords;
  passwords.verify = async (...args) => {
    const isRight = await verify(...args);
    await server.post('/api/reset-password', { token, password: 'another-horse-battery' });
    return isRight;
  };
  const change = { email: newPerson().email, password: PASSWORD };
  const late = await server.post('/api/me/email', change, { token: accessToken });
  passwords.verify = verify;
  expect(late.body.code).toBe('INVALID_CREDENTIALS');
  expect(await listTokens(user.id, 'change_email')).toEqual([]);
});

it('30 parallel changes to one new username are one change', async () => {
  const { token, user } = await server.signUp();
  const { username } = newPerson();
  const answers = await times(30, () => server.call('PATCH', '/api/me', { token, body: { username } }));
  expect(tally(answers)).toEqual({ 200: 30 });
  expect(await countEvents(user.id, 'username_changed')).toBe(1);
});

it('30 parallel suspensions of a user are one suspension', async () => {
  const [admin, ada] = [await signUpAdmin(server), await server.signUp()];
  const answers = await times(30, () => suspend(ada.user.id, admin));
  expect(tally(answers)).toEqual({ 200: 30 });
  expect(await countEvents(ada.user.id, 'suspended')).toBe(1);
});

it('a suspension that waits for a promotion does not suspend the new administrator', async () => {
  const [admin, ada] = [await signUpAdmin(server), await server.signUp()];
  const answer = await callDuringChange(ada.user.id, { role: 'admin' }, () => suspend(ada.user.id, admin));
  expect(answer.body.code).toBe('FORBIDDEN');
  expect(await countEvents(ada.user.id, 'suspended')).toBe(0);
});

it('a request for another verification mail that waits for the verification mails nothing', async () => {
  const { token, user } = await server.signUp();
  const before = await listTokens(user.id, 'verify_email');
  const answer = await callDuringChange(user.id, { email_verified_at: new Date() }, () =>
    server.post('/api/resend-verification', undefined, { token }),
  );
  expect(answer.status).toBe(202);
  expect(await listTokens(user.id, 'verify_email')).toEqual(before);
});

it('30 parallel uses of a replaced refresh token end its session once', async () => {
  const { cookie, user } = await server.signUp();
  expect((await server.post('/api/refresh', undefined, { cookie })).status).toBe(200);
  await server.app.db
    .updateTable('refresh_tokens')
    .set({ rotated_at: new Date(Date.now() - 60_000) })
    .where('rotated_at', 'is not', null)
    .execute();
  const answers = await times(30, () => server.post('/api/refresh', undefined, { cookie }));
  expect(tally(answers)).toEqual({ '401 SESSION_EXPIRED': 30 });
  expect(await countEvents(user.id, 'refresh_token_reused')).toBe(1);
});

it('verifying, asking again and deleting at once never deadlock', async () => {
  for (let round = 0; round < 5; round++) {
    const { token, email } = await server.signUp();
    const mailed = await server.readMailedToken(email, 'Verify');
    const answers = await Promise.all([
      times(5, () => server.post('/api/resend-verification', undefined, { token })),
      times(5, () => server.post('/api/verify-email', { token: mailed })),
      times(1, () => server.call('DELETE', '/api/me', { token, body: { password: PASSWORD } })),
    ]);
    for (const { status } of answers.flat()) expect(status).toBeLessThan(500);
  }
});
