import { createSigner } from '@linkgrove/api';
import { returnLinkPlaces } from '@linkgrove/api/jobs';
import { requireHealthy } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  BROWSER,
  createReferralKit,
  crowd,
  encodeJson,
  newCode,
  nowInSeconds,
  PASSWORD,
  type SignedUp,
  signVisitCookie,
  times,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer();
const kit = createReferralKit(server);

const createLink = (who: SignedUp, body: object = {}) => server.as(who, 'POST', '/api/referral-links', body);
const linksOf = async (who: SignedUp) => (await server.as(who, 'GET', '/api/referral-links')).body.items;
const signUpWith = (referralCode: string) => server.register({ referralCode });

const visitsOf = async (who: SignedUp) => (await server.as(who, 'GET', '/api/referral-stats')).body.visits;

describe('a referral link', () => {
  it('is created at registration', async () => {
    const ada = await server.signUp();
    expect(await linksOf(ada)).toEqual([
      {
        id: expect.any(String),
        code: ada.user.referralCode,
        url: `http://localhost:3000/r/${ada.user.referralCode}`,
        label: null,
        landingUrl: null,
        enabled: true,
        expiresAt: null,
        maxUses: null,
        maxUsesOf: 'signups',
        uses: 0,
        visits: 0,
        signups: 0,
        successful: 0,
        createdAt: expect.stringMatching(/Z$/),
      },
    ]);
  });

  it('can have its own code, label, expiry and limit, and its own counts', async () => {
    const ada = await server.signUp();
    const code = newCode();
    const made = await createLink(ada, {
      code,
      label: 'Newsletter',
      expiresAt: '2999-01-01T00:00:00+02:00',
      maxUses: 2,
    });
    expect(made).toMatchObject({
      status: 201,
      body: {
        code,
        label: 'Newsletter',
        expiresAt: '2998-12-31T22:00:00.000Z',
        maxUses: 2,
        enabled: true,
        signups: 0,
      },
    });
    expect([(await signUpWith(code)).status, (await signUpWith(code.toUpperCase())).status]).toEqual([
      201, 201,
    ]);
    expect((await signUpWith(code)).body.code).toBe('INVALID_REFERRAL_CODE');
    expect(await linksOf(ada)).toMatchObject([
      { code, signups: 2 },
      { code: ada.user.referralCode, signups: 0 },
    ]);
    const stats = (await server.as(ada, 'GET', '/api/referral-stats')).body;
    expect(stats).toMatchObject({
      signups: 2,
      links: [{ signups: 0 }, { code, label: 'Newsletter', signups: 2 }],
    });
    const listed = (await server.as(ada, 'GET', '/api/referrals')).body.items;
    expect(listed[0].link).toEqual({ code, label: 'Newsletter' });
  });

  it.each([
    ['code', { code: 'a b' }],
    ['code', { code: 'ab' }],
    ['code', { code: 'admin' }],
    ['label', { label: '' }],
    ['expiresAt', { expiresAt: '2001-01-01T00:00:00Z' }],
    ['expiresAt', { expiresAt: 'tomorrow' }],
    ['maxUses', { maxUses: 0 }],
    ['maxUses', { maxUses: 1.5 }],
    ['userId', { userId: 'x' }],
  ])('is refused with an invalid %s: %j', async (path, body) => {
    const ada = await server.signUp();
    expect((await createLink(ada, body)).body.errors[0].path).toBe(path);
  });

  it('is limited to a hundred per user', async () => {
    const ada = await server.signUp();
    const answers = await crowd(105, 10, () => createLink(ada));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(99);
    expect(new Set(answers.filter(({ status }) => status !== 201).map(({ body }) => body.code))).toEqual(
      new Set(['LIMIT_REACHED']),
    );
  });

  it('cannot be changed or deleted by other users', async () => {
    const [ada, eve] = [await server.signUp(), await server.signUp()];
    const [link] = await linksOf(ada);
    expect((await server.as(eve, 'PATCH', `/api/referral-links/${link.id}`, { enabled: false })).status).toBe(
      404,
    );
    expect((await server.as(eve, 'DELETE', `/api/referral-links/${link.id}`)).status).toBe(404);
    expect(await linksOf(ada)).toEqual([link]);
  });

  it('that is disabled or deleted accepts no sign-up', async () => {
    const ada = await server.signUp();
    const { id, code } = (await createLink(ada)).body;
    await server.as(ada, 'PATCH', `/api/referral-links/${id}`, { enabled: false });
    expect((await signUpWith(code)).body.code).toBe('INVALID_REFERRAL_CODE');
    await server.as(ada, 'PATCH', `/api/referral-links/${id}`, { enabled: true });
    expect((await signUpWith(code)).status).toBe(201);
    expect((await server.as(ada, 'DELETE', `/api/referral-links/${id}`)).status).toBe(204);
    expect((await server.as(ada, 'DELETE', `/api/referral-links/${id}`)).status).toBe(404);
    expect((await signUpWith(code)).body.code).toBe('INVALID_REFERRAL_CODE');
    expect(await linksOf(ada)).toHaveLength(1);
    expect((await server.as(ada, 'GET', '/api/referral-stats')).body).toMatchObject({
      signups: 1,
      links: [{ signups: 0 }, { signups: 1, deleted: true }],
    });
    const [first] = await linksOf(ada);
    expect((await server.as(ada, 'DELETE', `/api/referral-links/${first.id}`)).body.code).toBe('CONFLICT');
  });
});

describe('a referral code', () => {
  it('belongs to one user for ever, even when replaced, deleted or after its owner is deleted', async () => {
    const [ada, eve] = [await server.signUp(), await server.signUp()];
    const [replaced, removed] = [newCode(), newCode()];
    const first = (await createLink(ada, { code: replaced })).body;
    await server.as(ada, 'PATCH', `/api/referral-links/${first.id}`, { code: newCode() });
    const second = (await createLink(ada, { code: removed })).body;
    await server.as(ada, 'DELETE', `/api/referral-links/${second.id}`);
    await server.as(ada, 'DELETE', '/api/me', { password: PASSWORD });
    for (const code of [replaced, removed, ada.user.referralCode, replaced.toUpperCase()]) {
      expect((await createLink(eve, { code })).body.code).toBe('REFERRAL_CODE_TAKEN');
    }
  });

  it('that was replaced still credits its owner and can be taken back', async () => {
    const ada = await server.signUp();
    const [link] = await linksOf(ada);
    const code = newCode();
    const path = `/api/referral-links/${link.id}`;
    expect((await server.as(ada, 'PATCH', path, { code })).body.code).toBe(code);
    expect((await server.as(ada, 'GET', '/api/me')).body.referralCode).toBe(code);
    expect((await signUpWith(ada.user.referralCode)).body.user.referredBy).toBe(ada.username);
    expect((await signUpWith(code)).body.user.referredBy).toBe(ada.username);
    expect(
      (await server.as(ada, 'PATCH', path, { code: ada.user.referralCode.toUpperCase() })).body.code,
    ).toBe(ada.user.referralCode);
    expect(await linksOf(ada)).toMatchObject([{ code: ada.user.referralCode, signups: 2 }]);
  });

  it('requested by 30 users at once goes to one', async () => {
    const people = await times(30, () => server.signUp());
    const code = newCode();
    const answers = await Promise.all(
      people.map((who, index) => createLink(who, { code: index % 2 ? code : code.toUpperCase() })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'REFERRAL_CODE_TAKEN')).toHaveLength(29);
  });

  it('leads to a page of its own, with the code and the `utm_` parameters, until that is removed', async () => {
    const ada = await server.signUp();
    const landingUrl = 'http://localhost:3000/spring?offer=1#top';
    const { id, code, landingUrl: stored } = (await createLink(ada, { landingUrl })).body;
    expect(stored).toBe(landingUrl);
    const visit = async () => (await kit.visit(`${code}?utm_source=post`)).headers.get('location');
    expect(await visit()).toBe(`http://localhost:3000/spring?offer=1&referral=${code}&utm_source=post#top`);
    const change = await server.as(ada, 'PATCH', `/api/referral-links/${id}`, { landingUrl: null });
    expect(change.body.landingUrl).toBeNull();
    expect(await visit()).toBe(`http://localhost:3000/register?referral=${code}&utm_source=post`);
  });

  it('shows the public its referrer and nothing else', async () => {
    const ada = await server.signUp();
    await server.as(ada, 'PATCH', '/api/me', { displayName: 'Ada Lovelace' });
    expect(
      (await server.call('GET', `/api/referral-codes/${ada.user.referralCode.toUpperCase()}`)).body,
    ).toEqual({
      code: ada.user.referralCode,
      referrer: { username: ada.username, displayName: 'Ada Lovelace', avatarUrl: null },
      campaign: expect.objectContaining({ referrerCredits: 10, referredCredits: 5 }),
    });
    const [link] = await linksOf(ada);
    await server.as(ada, 'PATCH', `/api/referral-links/${link.id}`, { enabled: false });
    for (const code of [ada.user.referralCode, 'nobody-has-this', '%00', 'x'.repeat(200)]) {
      expect([400, 404]).toContain((await server.call('GET', `/api/referral-codes/${code}`)).status);
    }
  });

  it('can be limited later, but not below its uses', async () => {
    const ada = await server.signUp();
    const { id, code } = (await createLink(ada, { maxUses: 5 })).body;
    for (let n = 0; n < 2; n++) await signUpWith(code);
    const path = `/api/referral-links/${id}`;
    expect((await server.as(ada, 'PATCH', path, { maxUses: 1 })).body.code).toBe('CONFLICT');
    expect((await server.as(ada, 'PATCH', path, { maxUses: 2 })).body.maxUses).toBe(2);
    expect((await signUpWith(code)).status).toBe(422);
    expect((await server.as(ada, 'PATCH', path, { maxUses: null })).body.maxUses).toBeNull();
    expect((await signUpWith(code)).status).toBe(201);
  });
});

describe('a visit', () => {
  it('is counted, remembered in a cookie that scripts cannot read, and redirects to the sign-up', async () => {
    const ada = await server.signUp();
    const { status, headers } = await kit.visit(ada.user.referralCode);
    expect([status, headers.get('location')]).toEqual([
      302,
      `http://localhost:3000/register?referral=${ada.user.referralCode}`,
    ]);
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(/^referral=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
    expect(await visitsOf(ada)).toBe(1);
    expect((await linksOf(ada))[0].visits).toBe(1);
  });

  it('by a bot, a prefetch, a HEAD request or again within the hour is not counted', async () => {
    const ada = await server.signUp();
    const code = ada.user.referralCode;
    await kit.visit(code, {
      'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    });
    await kit.visit(code, { 'user-agent': 'WhatsApp/2.23' });
    await kit.visit(code, { 'sec-purpose': 'prefetch;prerender' });
    await kit.visit(code, { purpose: 'prefetch' });
    await server.call('HEAD', `/r/${code}`, { headers: { 'user-agent': BROWSER } });
    expect(await visitsOf(ada)).toBe(0);
    await kit.visit(code);
    await kit.visit(code.toUpperCase());
    expect(await visitsOf(ada)).toBe(1);
    await kit.visit(code, { 'user-agent': `${BROWSER} other` });
    expect(await visitsOf(ada)).toBe(2);
  });

  it('with an unusable code gets 404 and no cookie', async () => {
    for (const code of ['nobody-has-this', '%00', '..%2f..', 'x'.repeat(500)]) {
      const { status, headers } = await kit.visit(code);
      expect([status, headers.getSetCookie()]).toEqual([404, []]);
    }
  });
});

describe('a sign-up after a visit', () => {
  it('credits the link and clears the cookie', async () => {
    const ada = await server.signUp();
    const answer = await server.register({}, { cookie: await kit.visitCookie(kit.codeOf(ada)) });
    expect(answer.body.user.referredBy).toBe(ada.username);
    expect(answer.cookies['referral']).toBe('');
  });

  it('credits the code in the body if there are both', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    const answer = await server.register(
      { referralCode: kit.codeOf(bob) },
      { cookie: await kit.visitCookie(kit.codeOf(ada)) },
    );
    expect(answer.body.user.referredBy).toBe(bob.username);
  });

  it('works and credits nobody if the code is disabled, used up, expired or forged, and is rejected if it is the user’s own', async () => {
    const ada = await server.signUp({ email: 'grace.hopper@gmail.com' });
    const cookie = await kit.visitCookie(ada.user.referralCode);
    const own = await server.register({ email: 'gracehopper+2@gmail.com' }, { cookie });
    expect([own.status, own.body.user.referredBy]).toEqual([201, ada.username]);
    expect(await kit.readStats(ada)).toMatchObject({ signups: 1, rejected: 1, pending: 0 });

    const { id, code } = (await createLink(ada, { maxUses: 1 })).body;
    const limited = await kit.visitCookie(code);
    const answers = await times(10, () => server.register({}, { cookie: limited }));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201));
    expect(answers.filter(({ body }) => body.user.referredBy === ada.username)).toHaveLength(1);
    await server.as(ada, 'PATCH', `/api/referral-links/${id}`, { enabled: false, maxUses: null });
    expect((await server.register({}, { cookie: limited })).body.user.referredBy).toBeNull();

    const now = nowInSeconds();
    const textOf = (visitedAt: number) => encodeJson({ code: ada.user.referralCode, visitedAt, utm: null });
    const sign = (text: string) => signVisitCookie(server.app, text);
    const other = createSigner(Buffer.alloc(32, 7), 'linkgrove attribution');
    const referredBy = async (value: string) =>
      (await server.register({}, { cookie: value })).body.user.referredBy;
    expect(await referredBy(sign(textOf(now - 10)))).toBe(ada.username);
    expect(await referredBy(sign(textOf(now - 30 * 86_400)))).toBeNull();
    expect(await referredBy(`referral=${other.sign(textOf(now))}`)).toBeNull();
    for (const text of ['', 'x', textOf(now), '%zz']) expect(await referredBy(`referral=${text}`)).toBeNull();
  });
});

describe('a limited link', () => {
  const usesOf = async (who: SignedUp) => (await linksOf(who))[0].uses;
  /** As if they had signed up a week and an hour ago; the counts are not rolled up yet. */
  const age = async ({ user }: SignedUp) => {
    const { db } = server.app;
    const ago = sql`(now() - interval '169 hours')`;
    await sql`update referrals set date_referred = ${ago} where referrer_id = ${user.id}`.execute(db);
    await sql`
      update referral_deltas set at = ${ago}, day = (${ago} at time zone 'utc')::date
      where referrer_id = ${user.id} and signups > 0`.execute(db);
  };

  it('gives the places of unverified sign-ups back after seven days, and of no others', async () => {
    const ada = await kit.signUp();
    const { code } = (await createLink(ada, { maxUses: 3 })).body;
    const people = await times(3, () => kit.signUp({ referralCode: code }));
    await kit.verify(people[0] as SignedUp);
    await returnLinkPlaces(server.app);
    expect([await usesOf(ada), (await signUpWith(code)).status]).toEqual([3, 422]);
    await age(ada);
    await times(30, () => returnLinkPlaces(server.app));
    expect(await usesOf(ada)).toBe(1);
    await requireHealthy(server.app);
    const answers = await times(30, () => signUpWith(code));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    // One who verifies late still counts, and one who leaves gives back nothing twice.
    await kit.verify(people[1] as SignedUp);
    await server.as(people[2] as SignedUp, 'DELETE', '/api/me', { password: PASSWORD });
    expect(await kit.readStats(ada)).toMatchObject({ signups: 4, successful: 2, pending: 2 });
    expect(await usesOf(ada)).toBe(3);
    await requireHealthy(server.app);
  });

  it('that counts successes gives the places of rejected referrals back', async () => {
    const admin = await kit.signUpAdmin();
    const ada = await kit.signUp();
    const created = await createLink(ada, { maxUses: 2, maxUsesOf: 'successes' });
    expect(created.body).toMatchObject({ maxUsesOf: 'successes', uses: 0 });
    const people = await times(2, () => kit.signUp({ referralCode: created.body.code }));
    for (const who of people) await kit.verify(who);
    await kit.decide(admin, await kit.referralIdOf(people[0] as SignedUp), 'reverse');
    await returnLinkPlaces(server.app);
    expect(await usesOf(ada)).toBe(1);
    const { id, code } = created.body;
    expect((await signUpWith(code)).status).toBe(201);
    expect((await signUpWith(code)).status).toBe(422);
    await server.as(ada, 'PATCH', `/api/referral-links/${id}`, { maxUsesOf: 'signups' });
    await kit.decide(admin, await kit.referralIdOf(people[1] as SignedUp), 'reverse');
    await returnLinkPlaces(server.app);
    expect(await usesOf(ada)).toBe(2);
    await requireHealthy(server.app);
  });

  it('gives a restored success a place if one is free, and else lets it stand over the limit', async () => {
    const admin = await kit.signUpAdmin();
    const ada = await kit.signUp();
    const { code } = (await createLink(ada, { maxUses: 2, maxUsesOf: 'successes' })).body;
    const people = await times(2, () => kit.signUp({ referralCode: code }));
    for (const who of people) await kit.verify(who);
    const [first, second] = (await Promise.all(people.map((who) => kit.referralIdOf(who)))) as [
      string,
      string,
    ];
    for (const id of [first, second]) await kit.decide(admin, id, 'reverse');
    await returnLinkPlaces(server.app);
    expect(await usesOf(ada)).toBe(0);
    await kit.decide(admin, first, 'restore');
    expect(await usesOf(ada)).toBe(1);
    const [restored, ...answers] = await times(30, (n) =>
      n === 0 ? kit.decide(admin, second, 'restore') : signUpWith(code),
    );
    expect([restored?.status, await usesOf(ada)]).toEqual([200, 2]);
    expect(answers.filter(({ status }) => status === 201).length).toBeLessThan(2);
    // Reversed again, it frees its place for somebody else and then stands without one.
    await kit.decide(admin, first, 'reverse');
    await returnLinkPlaces(server.app);
    expect((await signUpWith(code)).status).toBe(201);
    expect((await kit.decide(admin, first, 'restore')).status).toBe(200);
    expect([await usesOf(ada), (await signUpWith(code)).status]).toEqual([2, 422]);
    expect(await kit.readStats(ada)).toMatchObject({ successful: 2 });
    await requireHealthy(server.app);
  });
});
