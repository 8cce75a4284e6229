import { describe, expect, it } from 'vitest';
import { tokenIn } from '@linkgrove/api/testing';
import { createHmac } from 'node:crypto';
import bcrypt from 'bcrypt';
import { sql } from 'kysely';
import {
  dumpTables,
  markVerified,
  newPerson,
  PASSWORD,
  readPasswordHash,
  type SignedUp,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer({ worker: true });

const eventTypes = async (who: SignedUp): Promise<string[]> =>
  (await server.as(who, 'GET', '/api/me/security-events')).body.items.map(
    (event: { type: string }) => event.type,
  );

describe('names in an account', () => {
  it('a user can change the display name at any time and the username once in 14 days', async () => {
    const ada = await server.signUp();
    const { username } = newPerson();
    const changed = await server.as(ada, 'PATCH', '/api/me', { username, displayName: ' Ada Lovelace ' });
    expect(changed).toMatchObject({
      status: 200,
      body: { username, displayName: 'Ada Lovelace', referralCode: ada.user.referralCode },
    });
    expect((await server.as(ada, 'PATCH', '/api/me', { username: newPerson().username })).body.code).toBe(
      'LIMIT_REACHED',
    );
    expect((await server.as(ada, 'PATCH', '/api/me', { username, displayName: null })).body).toMatchObject({
      displayName: null,
    });
    expect((await server.login(username)).status).toBe(200);
    expect((await server.login(ada.username)).status).toBe(401);
    await sql`update users set username_changed_at = now() - interval '14 days 1 minute' where id = ${ada.user.id}`.execute(
      server.app.db,
    );
    expect((await server.as(ada, 'PATCH', '/api/me', { username: newPerson().username })).status).toBe(200);
  });

  it('taken usernames, reserved usernames and read-only members are refused', async () => {
    const [ada, eve] = [await server.signUp(), await server.signUp()];
    expect(
      (await server.as(eve, 'PATCH', '/api/me', { username: ada.username.toUpperCase() })).body.code,
    ).toBe('USERNAME_TAKEN');
    expect((await server.as(eve, 'PATCH', '/api/me', { username: 'admin' })).body.errors[0]).toMatchObject({
      path: 'username',
      code: 'reserved',
    });
    for (const member of ['role', 'email', 'emailVerified', 'referredBy', 'id', 'createdAt']) {
      expect((await server.as(eve, 'PATCH', '/api/me', { [member]: 'admin' })).body.errors[0].path).toBe(
        member,
      );
    }
    expect((await server.as(eve, 'GET', '/api/me')).body).toEqual(eve.user);
    expect((await server.as(eve, 'PATCH', '/api/me', { username: eve.username.toUpperCase() })).status).toBe(
      200,
    );
  });
});

describe('the password', () => {
  it('is changed after the current one is given; other sessions end, this one stays, and a mail is sent', async () => {
    const ada = await server.signUp();
    await markVerified(server, ada);
    const other = (await server.login(ada.username)).body.accessToken;
    const newPassword = 'another-horse-battery';
    const answer = await server.as(ada, 'POST', '/api/me/password', {
      currentPassword: PASSWORD,
      newPassword,
    });
    expect(answer.status).toBe(204);
    expect((await server.as(ada, 'GET', '/api/me')).status).toBe(200);
    expect((await server.call('GET', '/api/me', { token: other })).body.code).toBe('SESSION_EXPIRED');
    expect((await server.login(ada.username)).status).toBe(401);
    expect((await server.login(ada.username, newPassword)).status).toBe(200);
    await server.mailbox.waitFor(ada.email, 'password was changed');
    expect(await eventTypes(ada)).toContain('password_changed');
  });

  it('stays the same when the current one is wrong or the new one is weak', async () => {
    const ada = await server.signUp();
    const wrong = await server.as(ada, 'POST', '/api/me/password', {
      currentPassword: 'not-it-at-all',
      newPassword: 'another-horse-battery',
    });
    expect(wrong).toMatchObject({ status: 401, body: { code: 'INVALID_CREDENTIALS' } });
    const weak = await server.as(ada, 'POST', '/api/me/password', {
      currentPassword: PASSWORD,
      newPassword: 'password1',
    });
    expect(weak.body.errors[0]).toMatchObject({ path: 'newPassword', code: 'weak_password' });
    expect((await server.login(ada.username)).status).toBe(200);
  });

  it('is hashed again at sign-in after the bcrypt cost has changed', async () => {
    const ada = await server.signUp();
    const stored = () => readPasswordHash(server, ada.user.id);
    const prepared = createHmac('sha384', server.app.config.rootPepper).update(PASSWORD).digest('base64');
    await server.app.db
      .updateTable('users')
      .set({ password_hash: await bcrypt.hash(prepared, 5) })
      .where('id', '=', ada.user.id)
      .execute();
    expect(await stored()).toMatch(/^\$2b\$05\$/);
    expect((await server.login(ada.username)).status).toBe(200);
    expect(await stored()).toMatch(/^\$2b\$04\$/);
    expect((await server.login(ada.username)).status).toBe(200);
  });
});

describe('the email address', () => {
  it('changes when the new one is confirmed; the old one is notified and stops working', async () => {
    const ada = await server.signUp();
    await markVerified(server, ada);
    const { email } = newPerson();
    expect((await server.as(ada, 'POST', '/api/me/email', { email, password: PASSWORD })).status).toBe(202);
    await server.mailbox.waitFor(ada.email, 'about to change');
    const mail = await server.mailbox.waitFor(email, 'Verify');
    expect(mail.text).toContain('/confirm-email?token=');
    expect((await server.as(ada, 'GET', '/api/me')).body.email).toBe(ada.email);
    const confirmed = await server.post('/api/verify-email', { token: tokenIn(mail) });
    expect(confirmed.body.user).toMatchObject({ email, emailVerified: true });
    await server.mailbox.waitFor(ada.email, 'was changed');
    expect((await server.login(email)).status).toBe(200);
    expect((await server.login(ada.email)).status).toBe(401);
    expect(await eventTypes(ada)).toEqual(
      expect.arrayContaining(['email_change_requested', 'email_changed']),
    );
    expect((await server.post('/api/verify-email', { token: tokenIn(mail) })).status).toBe(410);
  });

  it('changes only with the password, and only to an address that is free both when asked for and when confirmed', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    const { email } = newPerson();
    expect(
      (await server.as(ada, 'POST', '/api/me/email', { email, password: 'not-it-at-all' })).body.code,
    ).toBe('INVALID_CREDENTIALS');
    expect(
      (await server.as(ada, 'POST', '/api/me/email', { email: bob.email, password: PASSWORD })).body.code,
    ).toBe('EMAIL_TAKEN');
    await server.as(ada, 'POST', '/api/me/email', { email, password: PASSWORD });
    const token = await server.readMailedToken(email, 'Verify');
    await server.signUp({ email });
    expect((await server.call('POST', '/api/verify-email', { body: { token } })).body.code).toBe(
      'EMAIL_TAKEN',
    );
    expect((await server.as(ada, 'GET', '/api/me')).body.email).toBe(ada.email);
  });

  it('invalidates the tokens mailed to the old one when it changes', async () => {
    const ada = await server.signUp();
    const { email } = newPerson();
    const first = await server.readMailedToken(ada.email, 'Verify');
    await server.call('POST', '/api/forgot-password', { body: { email: ada.email } });
    const reset = await server.readMailedToken(ada.email, 'Reset');
    await server.as(ada, 'POST', '/api/me/email', { email, password: PASSWORD });
    const token = await server.readMailedToken(email, 'Verify');
    expect((await server.call('POST', '/api/verify-email', { body: { token } })).status).toBe(200);
    expect((await server.call('POST', '/api/verify-email', { body: { token: first } })).status).toBe(410);
    const body = { token: reset, password: 'another-horse-battery' };
    expect((await server.call('POST', '/api/reset-password', { body })).status).toBe(410);
  });
});

describe('deleting an account', () => {
  it('removes all personal data at once and keeps the referrer’s counts', async () => {
    const ada = await server.signUp();
    const bob = await server.signUp({
      referralCode: ada.user.referralCode,
      email: `bob.${Date.now()}@gmail.com`,
    });
    await server.call('POST', '/api/verify-email', {
      body: { token: await server.readMailedToken(bob.email, 'Verify') },
    });
    expect((await server.as(bob, 'DELETE', '/api/me', { password: 'not-it-at-all' })).body.code).toBe(
      'INVALID_CREDENTIALS',
    );
    const gone = await server.as(bob, 'DELETE', '/api/me', { password: PASSWORD });
    expect([gone.status, gone.cookies]).toEqual([
      204,
      { access_token: '', refresh_token: '', linkgrove_session: '' },
    ]);
    expect((await server.as(bob, 'GET', '/api/me')).status).toBe(401);
    expect((await server.call('POST', '/api/refresh', { cookie: bob.cookie })).status).toBe(401);
    expect((await server.login(bob.email)).status).toBe(401);

    for (const { name, text } of await dumpTables(server.app.db)) {
      const dump = text.toLowerCase();
      for (const trace of [bob.email, `"${bob.username}"`, `,${bob.username},`])
        expect([name, dump.includes(trace)]).toEqual([name, false]);
    }

    expect((await server.as(ada, 'GET', '/api/referral-stats')).body).toMatchObject({
      signups: 1,
      successful: 1,
      creditsEarned: 10,
    });
    expect((await server.as(ada, 'GET', '/api/referrals')).body.items).toMatchObject([
      { username: null, status: 'successful' },
    ]);
    const person = { ...newPerson(), referralCode: bob.user.referralCode };
    expect((await server.call('POST', '/api/register', { body: person })).body.code).toBe(
      'INVALID_REFERRAL_CODE',
    );

    // The same mailbox in another spelling gets a new account but earns no second reward.
    const back = await server.signUp({
      referralCode: ada.user.referralCode,
      email: bob.email.replace('@', '+again@'),
    });
    await server.call('POST', '/api/verify-email', {
      body: { token: await server.readMailedToken(back.email, 'Verify') },
    });
    expect((await server.as(ada, 'GET', '/api/referral-stats')).body).toMatchObject({
      signups: 2,
      successful: 1,
      rejected: 1,
      creditsEarned: 10,
    });
  });

  it('frees its address and username for a new account if the address was never verified', async () => {
    const ada = await server.signUp();
    await server.as(ada, 'DELETE', '/api/me', { password: PASSWORD });
    const again = await server.signUp({ email: ada.email, username: ada.username });
    expect(again.user.id).not.toBe(ada.user.id);
  });
});

it('the export contains everything stored about the user and nothing about others', async () => {
  const ada = await server.signUp();
  const bob = await server.signUp({ referralCode: ada.user.referralCode });
  await server.login(ada.username, 'not-it-at-all');
  const { status, body } = await server.as(ada, 'GET', '/api/me/export');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    user: ada.user,
    sessions: [{ current: true }],
    referralLinks: [{ code: ada.user.referralCode, signups: 1 }],
    referrals: [{ username: bob.username, status: 'pending' }],
    credits: [],
    securityEvents: [{ type: 'sign_in_failed' }, { type: 'signed_up' }],
  });
  expect(JSON.stringify(body)).not.toContain(bob.email);
});

it('security events are listed newest first, page by page', async () => {
  const ada = await server.signUp();
  await server.login(ada.username, 'not-it-at-all');
  await server.call('POST', '/api/login', {
    body: { identifier: ada.username, password: PASSWORD },
    headers: { 'user-agent': 'curl/8' },
  });
  const first = (await server.as(ada, 'GET', '/api/me/security-events?limit=2')).body;
  expect(first.items).toMatchObject([
    { type: 'signed_in', ip: '127.0.0.1', userAgent: 'curl/8', byAdmin: false },
    { type: 'signed_in_on_new_device' },
  ]);
  const second = (await server.as(ada, 'GET', `/api/me/security-events?limit=2&cursor=${first.nextCursor}`))
    .body;
  expect(second).toMatchObject({
    items: [{ type: 'sign_in_failed' }, { type: 'signed_up' }],
    nextCursor: null,
  });
});

it('security events cannot be changed or deleted in the database', async () => {
  const ada = await server.signUp();
  const { db } = server.app;
  const mine = db.updateTable('security_events').where('user_id', '=', ada.user.id);
  await expect(mine.set({ type: 'signed_in' }).execute()).rejects.toThrow('append-only');
  await expect(db.deleteFrom('security_events').where('user_id', '=', ada.user.id).execute()).rejects.toThrow(
    'append-only',
  );
});
