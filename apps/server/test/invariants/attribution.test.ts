import { sql } from 'kysely';
import { expect, it } from 'vitest';
import {
  type Answer,
  crowd,
  encodeJson,
  newCode,
  newPerson,
  nowInSeconds,
  PASSWORD,
  type SignedUp,
  signVisitCookie,
  tally,
  times,
  useReferralKit,
} from '../kit/index.ts';

const { server, kit, admin } = useReferralKit();

const countReferrals = async (of: SignedUp[]) =>
  (
    await server.app.db
      .selectFrom('referrals')
      .select('id')
      .where(
        'referrer_id',
        'in',
        of.map(({ user }) => user.id),
      )
      .execute()
  ).length;
const statusAndReferrer = ({ status, body }: Answer) => [status, body.user?.referredBy ?? null];
const firstLink = async (who: SignedUp) =>
  (await kit.as(who, 'GET', '/api/referral-links')).body.items.at(-1);
const changeFirstLink = async (who: SignedUp, change: object) =>
  kit.as(who, 'PATCH', `/api/referral-links/${(await firstLink(who)).id}`, change);

it('1. 64 parallel sign-ups of one person with different codes store one referral', async () => {
  const referrers = await crowd(64, 8, () => kit.signUp());
  const { email } = newPerson();
  const answers = await times(64, (index) =>
    kit.register({ email, referralCode: kit.codeOf(referrers[index] as SignedUp) }),
  );
  expect(tally(answers)).toEqual({ 201: 1, '409 EMAIL_TAKEN': 63 });
  expect(await countReferrals(referrers)).toBe(1);
});

it('2. 400 parallel sign-ups over 50 addresses in mixed case with two codes create 50 users, referrals and counts', async () => {
  const [ada, bob] = [await kit.signUp(), await kit.signUp()];
  const addresses = Array.from({ length: 50 }, () => newPerson().email);
  const answers = await crowd(400, 32, (index) => {
    const email = addresses[index % 50] as string;
    return kit.register({
      email: index % 3 === 0 ? email.toUpperCase() : email,
      referralCode: kit.codeOf(index % 2 === 0 ? ada : bob),
    });
  });
  // `POST /api/register` reports a taken address, as the contract says.
  expect(tally(answers)).toEqual({ 201: 50, '409 EMAIL_TAKEN': 350 });
  expect(await countReferrals([ada, bob])).toBe(50);
  const counts = [await kit.readStats(ada), await kit.readStats(bob)];
  expect(counts[0].signups + counts[1].signups).toBe(50);
  expect(counts[0].pending + counts[1].pending).toBe(50);
  const { rows } = await sql<{ events: number }>`
    select count(*) as events from referral_deltas
    where signups = 1 and referrer_id in (${ada.user.id}, ${bob.user.id})`.execute(server.app.db);
  expect(rows[0]?.events).toBe(50);
});

it('4. no user can become their own referrer or close a circle, by any path', async () => {
  const { db } = server.app;
  const ada = await kit.signUp();
  const bob = await kit.refer(ada);
  const cy = await kit.refer(bob);
  const pointTo = (who: SignedUp, referrer: SignedUp) =>
    sql`update users set referred_by = ${referrer.user.id} where id = ${who.user.id}`.execute(db);
  for (const [who, referrer] of [
    [ada, ada],
    [ada, bob],
    [ada, cy],
    [bob, cy],
  ] as const) {
    await expect(pointTo(who, referrer)).rejects.toThrow('cannot be changed');
  }
  const link = await db
    .selectFrom('referral_links')
    .select('id')
    .where('user_id', '=', cy.user.id)
    .executeTakeFirstOrThrow();
  const row = (referrer: SignedUp, referred: SignedUp) => sql`
    insert into referrals (id, referrer_id, referred_user_id, link_id, campaign_version_id)
    select gen_random_uuid(), ${referrer.user.id}, ${referred.user.id}, ${link.id}, campaign_version_id
    from referrals limit 1`;
  for (const referred of [ada, bob, cy]) {
    await expect(row(cy, referred).execute(db)).rejects.toThrow(/foreign key|duplicate key/);
  }
  await expect(kit.register({ referralCode: kit.codeOf(cy) }, { token: cy.token })).resolves.toMatchObject({
    body: { code: 'SELF_REFERRAL' },
  });
});

it('5. a user with an account is never referred by signing in, verifying or refreshing after a visit', async () => {
  const ada = await kit.signUp();
  const bob = await kit.signUp();
  const cookie = await kit.visitCookie(kit.codeOf(ada));
  expect(
    (await server.post('/api/login', { identifier: bob.username, password: PASSWORD }, { cookie })).status,
  ).toBe(200);
  expect(
    (await server.post('/api/verify-email', { token: await kit.mailedToken(bob) }, { cookie })).status,
  ).toBe(200);
  expect((await server.call('POST', '/api/refresh', { cookie: `${bob.cookie}; ${cookie}` })).status).toBe(
    200,
  );
  expect(
    (await server.post('/api/register', { ...newPerson(), email: bob.email.toUpperCase() }, { cookie }))
      .status,
  ).toBe(409);
  expect(await kit.referralOf(bob)).toBeUndefined();
  expect(await kit.readStats(ada)).toMatchObject({ visits: 1, signups: 0 });
});

it('5. a user with a verified account earns nobody a reward under another spelling of the address', async () => {
  const ada = await kit.signUp();
  await kit.verify(await kit.signUp({ email: 'one.person@gmail.com' }));
  const again = { email: 'oneperson+again@googlemail.com', referralCode: kit.codeOf(ada) };
  expect(await kit.register(again)).toMatchObject({ status: 409, body: { code: 'EMAIL_TAKEN' } });
  expect(await kit.readStats(ada)).toMatchObject({ signups: 0, creditsEarned: 0 });
  // An unverified account may belong to anyone, so it takes nothing from the owner of the mailbox.
  await kit.signUp({ email: 'squatted+1@mail.test' });
  const owner = await kit.refer(ada, { email: 'squatted@mail.test' });
  await kit.verify(owner);
  expect(await kit.referralOf(owner)).toMatchObject({ status: 'successful' });
});

it('5. of thirty accounts with one mailbox that verify at once, one succeeds and counts', async () => {
  const ada = await kit.signUp();
  const people = await crowd(30, 10, (index) => kit.refer(ada, { email: `farmer+${index}@mail.test` }));
  expect(await kit.readStats(ada)).toMatchObject({ signups: 30, pending: 30 });
  const tokens = await Promise.all(people.map((who) => kit.mailedToken(who)));
  const answers = await times(30, (index) => kit.post('/api/verify-email', { token: tokens[index] }));
  expect(tally(answers)).toEqual({ 200: 1, '409 EMAIL_TAKEN': 29 });
  expect(await kit.readStats(ada)).toMatchObject({ successful: 1, pending: 29, creditsEarned: 10 });
});

it('6. a code ignores case, surrounding spaces, width and kinds of dashes, and look-alikes of reserved words are refused', async () => {
  const ada = await kit.signUp();
  const code = newCode();
  expect((await kit.as(ada, 'POST', '/api/referral-links', { code })).status).toBe(201);
  const fullWidth = [...code].map((c) => String.fromCodePoint((c.codePointAt(0) ?? 0) + 0xfee0)).join('');
  const dashes = code.replace('-', '‐');
  for (const spelt of [code, code.toUpperCase(), ` ${code} `, `\t${code}\n`, fullWidth, dashes]) {
    expect(statusAndReferrer(await kit.register({ referralCode: spelt }))).toEqual([201, ada.username]);
  }
  const turkish = code.replace('i', 'ı');
  for (const spelt of [turkish, `${code}\u200b`]) {
    const { status } = await kit.register({ referralCode: spelt });
    expect([400, 422]).toContain(status);
  }
  const bob = await kit.signUp();
  for (const taken of [code, code.toUpperCase(), ` ${code}`]) {
    const answer = await kit.as(bob, 'POST', '/api/referral-links', { code: taken });
    expect(answer.body.code).toBe('REFERRAL_CODE_TAKEN');
  }
  for (const reserved of ['admin', 'ADMIN', 'Register', 'аdmin', 'ａｄｍｉｎ', 'ad\u200bmin']) {
    expect((await kit.as(bob, 'POST', '/api/referral-links', { code: reserved })).status).toBe(400);
  }
});

it('7. a code never moves to another user after it is replaced or deleted, or its owner is suspended or deleted', async () => {
  const [ada, bob, eve] = [await kit.signUp(), await kit.signUp(), await kit.signUp()];
  const [replaced, deleted] = [newCode(), newCode()];
  await changeFirstLink(ada, { code: replaced });
  await changeFirstLink(ada, { code: newCode() });
  const { id } = (await kit.as(ada, 'POST', '/api/referral-links', { code: deleted })).body;
  await kit.as(ada, 'DELETE', `/api/referral-links/${id}`);
  await server.suspendUser(admin, bob);
  const all = [replaced, deleted, kit.codeOf(ada), kit.codeOf(bob)];
  await kit.deleteAccount(ada);
  for (const code of all.flatMap((one) => [one, one.toUpperCase()])) {
    expect((await kit.as(eve, 'POST', '/api/referral-links', { code })).body.code).toBe(
      'REFERRAL_CODE_TAKEN',
    );
    expect((await changeFirstLink(eve, { code })).body.code).toBe('REFERRAL_CODE_TAKEN');
    expect((await kit.visit(code)).status).toBe(404);
  }
  const { rows } = await sql<{ owners: number }>`
    select count(distinct user_id) as owners from referral_codes where lower(code) = any(${all})`.execute(
    server.app.db,
  );
  expect(rows[0]?.owners).toBe(2);
});

it('8. a link whose code changes between visit and sign-up still credits; a disabled one does not, and the sign-up works', async () => {
  const ada = await kit.signUp();
  const before = kit.codeOf(ada);
  const cookie = await kit.visitCookie(before);
  await changeFirstLink(ada, { code: newCode() });
  expect(statusAndReferrer(await kit.register({}, { cookie }))).toEqual([201, ada.username]);
  expect(statusAndReferrer(await kit.register({ referralCode: before }))).toEqual([201, ada.username]);
  await changeFirstLink(ada, { enabled: false });
  expect(statusAndReferrer(await kit.register({}, { cookie }))).toEqual([201, null]);
  expect((await kit.register({ referralCode: before })).body.code).toBe('INVALID_REFERRAL_CODE');
});

it('9. an unusable code never fails a sign-up when it comes from the cookie; a typed one is refused and creates no user', async () => {
  const ada = await kit.signUp();
  const [expired, usedUp, disabled] = await Promise.all(
    [{ expires_at: new Date(0) }, { max_uses: 1, uses: 1 }, { enabled: false }].map(async (change) => {
      const { code, id } = (await kit.as(ada, 'POST', '/api/referral-links', {})).body;
      const cookie = await kit.visitCookie(code);
      await server.app.db.updateTable('referral_links').set(change).where('id', '=', id).execute();
      return { code, cookie };
    }),
  );
  for (const { cookie } of [expired, usedUp, disabled] as { cookie: string }[]) {
    expect(statusAndReferrer(await kit.register({}, { cookie }))).toEqual([201, null]);
  }
  const huge = 'x'.repeat(10_240);
  for (const value of [huge, 'nonsense', '%', '"', 'a.b', `${huge}.${huge.slice(0, 43)}`]) {
    expect(statusAndReferrer(await kit.register({}, { cookie: `referral=${value}` }))).toEqual([201, null]);
  }
  const refusals: [string, number, string][] = [
    [(expired as { code: string }).code, 422, 'REFERRAL_CODE_EXPIRED'],
    [(usedUp as { code: string }).code, 422, 'INVALID_REFERRAL_CODE'],
    [(disabled as { code: string }).code, 422, 'INVALID_REFERRAL_CODE'],
    ['nobody-has-this', 422, 'INVALID_REFERRAL_CODE'],
    ['§$%', 422, 'INVALID_REFERRAL_CODE'],
    [huge, 400, 'VALIDATION_FAILED'],
  ];
  for (const [referralCode, status, code] of refusals) {
    const person = newPerson();
    expect(await kit.register({ ...person, referralCode })).toMatchObject({ status, body: { code } });
    expect((await kit.register(person)).status).toBe(201);
  }
});

/** The cookie of a visit some seconds ago, signed with the server's own key. */
const visitedAgo = (who: SignedUp, seconds: number): string => {
  const visitedAt = nowInSeconds() - seconds;
  return signVisitCookie(server.app, encodeJson({ code: kit.codeOf(who), visitedAt, utm: null }));
};

it('10. a visit counts within `REFERRAL_WINDOW` by the server’s clock, and no longer at its exact end', async () => {
  const ada = await kit.signUp();
  const window = server.app.config.referralWindowSeconds;
  expect(window).toBe(30 * 86_400);
  for (const [ago, credited] of [
    [0, true],
    [window - 30, true],
    [window, false],
    [window + 1, false],
  ] as const) {
    const answer = await kit.register({}, { cookie: visitedAgo(ada, ago) });
    expect(statusAndReferrer(answer)).toEqual([201, credited ? ada.username : null]);
  }
});

it('11. a last-touch campaign credits the second link, a first-touch campaign the first', async () => {
  const [ada, bob] = [await kit.signUp(), await kit.signUp()];
  const both = async () => {
    const cookie = await kit.visitCookie(kit.codeOf(ada));
    return kit.visitCookie(kit.codeOf(bob), { cookie });
  };
  expect(statusAndReferrer(await kit.register({}, { cookie: await both() }))).toEqual([201, bob.username]);
  const underLast = await both();
  await kit.runCampaign(admin, { attribution: 'first' });
  expect(statusAndReferrer(await kit.register({}, { cookie: await both() }))).toEqual([201, ada.username]);
  // The terms at the visit apply.
  expect(statusAndReferrer(await kit.register({}, { cookie: underLast }))).toEqual([201, bob.username]);
  // An expired first touch gives way to the next one.
  const old = visitedAgo(ada, server.app.config.referralWindowSeconds);
  const next = await kit.visitCookie(kit.codeOf(bob), { cookie: old });
  expect(statusAndReferrer(await kit.register({}, { cookie: next }))).toEqual([201, bob.username]);
  await kit.runCampaign(admin, { attribution: 'last' });
});

it('12. verifying on another device without a cookie credits the referrer visited before the sign-up', async () => {
  const ada = await kit.signUp();
  const { headers } = await kit.visit(kit.codeOf(ada));
  const [cookie] = headers.getSetCookie();
  expect(cookie).toMatch(/; HttpOnly(;|$)/);
  const bob = await kit.signUp({}, { cookie: cookie?.split(';')[0] ?? '' });
  const answer = await server.call('POST', '/api/verify-email', {
    body: { token: await kit.mailedToken(bob) },
    headers: { 'user-agent': 'Another device/1.0' },
  });
  expect(answer.status).toBe(200);
  expect(await kit.referralOf(bob)).toMatchObject({ status: 'successful', referrer_id: ada.user.id });
});

it('13. a referrer can be named by a code only', async () => {
  const ada = await kit.signUp();
  for (const member of ['referredBy', 'referred_by', 'referrerId', 'referrer_id', 'referrer']) {
    const { status, body } = await kit.register({ [member]: ada.user.id });
    expect([status, body.errors[0].path]).toEqual([400, member]);
  }
  for (const referralCode of [ada.user.id, ada.username, ada.email]) {
    const { status } = await kit.register({ referralCode });
    expect(status).toBe(422);
  }
  for (const query of [`?referral=${ada.user.id}`, `?referral=${kit.codeOf(ada)}`]) {
    const { status } = await server.call('POST', `/api/register${query}`, { body: newPerson() });
    expect([201, 400]).toContain(status);
  }
  expect(await kit.readStats(ada)).toMatchObject({ signups: 0 });
});
