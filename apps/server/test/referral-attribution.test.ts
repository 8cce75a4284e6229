import fc from 'fast-check';
import jsQR from 'jsqr';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  BROWSER,
  createReferralKit,
  encodeJson,
  newPerson,
  nowInSeconds,
  type SignedUp,
  signVisitCookie,
  startTestServer,
  useReferralKit,
} from './kit/index.ts';

const { server, kit, admin } = useReferralKit();

/** The longest cookie that browsers keep, without attributes (RFC 6265bis). */
const LONGEST_COOKIE = 4_096;
const locationOf = (headers: Headers) => new URL(headers.get('location') ?? '');
const utmShown = async (who: SignedUp) => (await kit.as(who, 'GET', '/api/referrals')).body.items[0]?.utm;
const signCookie = (text: string) => signVisitCookie(server.app, text);

describe('UTM parameters of a visit', () => {
  const UTM = {
    utm_source: 'instagram',
    utm_medium: 'bio',
    utm_campaign: 'spring & summer',
    utm_term: 'a=b',
    utm_content: 'grün',
  };

  it('are passed on to the sign-up page and stored with the referral for its referrer', async () => {
    const ada = await kit.signUp();
    const query = new URLSearchParams({ ...UTM, referral: 'someone-else', gclid: 'x', next: '//evil' });
    const { headers, cookies } = await kit.visit(`${kit.codeOf(ada)}?${query.toString()}`);
    const location = locationOf(headers);
    expect([location.origin, location.pathname]).toEqual(['http://localhost:3000', '/register']);
    expect(Object.fromEntries(location.searchParams)).toEqual({ referral: kit.codeOf(ada), ...UTM });
    const friend = await kit.signUp({}, { cookie: `referral=${cookies['referral']}` });
    expect((await kit.referralOf(friend))?.utm).toEqual(UTM);
    expect(await utmShown(ada)).toEqual(UTM);
  });

  it('also apply when the same code is given in the body, and not with another user’s code', async () => {
    const [ada, bob] = [await kit.signUp(), await kit.signUp()];
    const cookie = await kit.visitCookie(`${kit.codeOf(ada)}?utm_source=poster`);
    await kit.signUp({ referralCode: kit.codeOf(ada).toUpperCase() }, { cookie });
    expect(await utmShown(ada)).toEqual({ utm_source: 'poster' });
    await kit.signUp({ referralCode: kit.codeOf(bob) }, { cookie });
    expect(await utmShown(bob)).toBeUndefined();
  });

  it('are absent when there were none, when they are empty, or when they are repeated', async () => {
    for (const query of ['', '?utm_source=', '?utm_source=a&utm_source=b', '?utm_other=x']) {
      const ada = await kit.signUp();
      const cookie = await kit.visitCookie(`${kit.codeOf(ada)}${query}`);
      await kit.signUp({}, { cookie });
      expect([query, await utmShown(ada)]).toEqual([query, undefined]);
    }
  });

  it.each([
    ['NUL', '\0'],
    ['NUL inside', 'a\0b'],
    ['half a character', '\ud83d'],
    ['a hundred half characters', '\ud83d'.repeat(100)],
    ['a character that the limit cuts in half', `${'x'.repeat(99)}🦊`],
    ['what turns the direction of text', '\u202eevil'],
    ['what ends a header', 'a\r\nset-cookie: x=1'],
    ['what ends a cookie', 'a; Path=/; "x"'],
    ['markup', '<script>alert(1)</script>'],
  ])('that contain %s fail neither the visit nor the sign-up after it', async (_what, value) => {
    const ada = await kit.signUp();
    const encoded = encodeURIComponent(value.toWellFormed()).replaceAll('%EF%BF%BD', '%ED%A0%BD');
    const { status, headers, cookies } = await kit.visit(`${kit.codeOf(ada)}?utm_source=${encoded}`);
    expect([status, headers.getSetCookie().length]).toEqual([302, 1]);
    expect(headers.get('x')).toBeNull();
    const answer = await kit.register({}, { cookie: `referral=${cookies['referral']}` });
    expect([answer.status, answer.body.user?.referredBy]).toEqual([201, ada.username]);
    expect((await kit.as(ada, 'GET', '/api/referrals')).status).toBe(200);
  });

  it('never make the cookie longer than browsers keep, in any script', async () => {
    const ada = await kit.signUp();
    for (const letter of ['x', 'ж', '渋', '🦊', '%', '"']) {
      const names = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content'];
      const query = names.map((name) => `${name}=${encodeURIComponent(letter.repeat(200))}`).join('&');
      const { status, headers } = await kit.visit(`${kit.codeOf(ada)}?${query}`);
      expect(status).toBe(302);
      const [pair = ''] = (headers.getSetCookie()[0] ?? '').split(';');
      expect([letter, pair.length <= LONGEST_COOKIE]).toEqual([letter, true]);
      expect((headers.get('location') ?? '').length).toBeLessThan(8_000);
    }
  });
});

describe('first and last touch', () => {
  it('follow the campaign that runs at each visit, and the redirect names the credited code', async () => {
    const [ada, bob] = [await kit.signUp(), await kit.signUp()];
    const second = async () => {
      const cookie = await kit.visitCookie(`${kit.codeOf(ada)}?utm_source=first`);
      const { headers, cookies } = await kit.visit(`${kit.codeOf(bob)}?utm_source=second`, { cookie });
      return { referral: locationOf(headers).searchParams.get('referral'), cookies };
    };
    expect((await second()).referral).toBe(kit.codeOf(bob));
    await kit.runCampaign(admin, { attribution: 'first' });
    const { referral, cookies } = await second();
    expect(referral).toBe(kit.codeOf(ada));
    const friend = await kit.signUp({}, { cookie: `referral=${cookies['referral']}` });
    expect(friend.user.referredBy).toBe(ada.username);
    expect(await utmShown(ada)).toEqual({ utm_source: 'first' });
    // Both visits count for the owner of the visited link.
    expect([(await kit.readStats(ada)).visits, (await kit.readStats(bob)).visits]).toEqual([1, 1]);
    await kit.runCampaign(admin, {});
  });

  it('credit the next visit when a first touch is no longer usable', async () => {
    await kit.runCampaign(admin, { attribution: 'first' });
    const [ada, bob] = [await kit.signUp(), await kit.signUp()];
    const { id, code } = (await kit.as(ada, 'POST', '/api/referral-links', {})).body;
    const cookie = await kit.visitCookie(code);
    await kit.as(ada, 'PATCH', `/api/referral-links/${id}`, { enabled: false });
    const next = await kit.visitCookie(kit.codeOf(bob), { cookie });
    expect((await kit.register({}, { cookie: next })).body.user.referredBy).toBe(bob.username);
    await kit.runCampaign(admin, {});
  });

  it('ignore a page that the browser only prefetched', async () => {
    const [ada, bob] = [await kit.signUp(), await kit.signUp()];
    for (const headers of [{ 'sec-purpose': 'prefetch;prerender' }, { purpose: 'prefetch' }]) {
      const cookie = await kit.visitCookie(kit.codeOf(ada));
      const { cookies } = await kit.visit(kit.codeOf(bob), { cookie, ...headers });
      const answer = await kit.register({}, { cookie: `referral=${cookies['referral']}` });
      expect(answer.body.user.referredBy).toBe(ada.username);
    }
  });

  it('do not extend a first touch by later visits', async () => {
    await kit.runCampaign(admin, { attribution: 'first' });
    const [ada, bob] = [await kit.signUp(), await kit.signUp()];
    const visit = { code: kit.codeOf(ada), visitedAt: nowInSeconds() - 86_400, utm: null };
    const { cookies } = await kit.visit(kit.codeOf(bob), { cookie: signCookie(encodeJson(visit)) });
    const [kept = ''] = (cookies['referral'] ?? '').split('.');
    expect(JSON.parse(Buffer.from(kept, 'base64url').toString())).toEqual(visit);
    await kit.runCampaign(admin, {});
  });
});

describe('the cookie of a visit', () => {
  it('credits nobody and fails neither a sign-up nor a visit, whatever it contains', async () => {
    const ada = await kit.signUp();
    const code = kit.codeOf(ada);
    const genuine = decodeURIComponent((await kit.visitCookie(code)).slice('referral='.length));
    const [text = '', mac = ''] = genuine.split('.');
    const forged = encodeJson({ code, visitedAt: nowInSeconds(), utm: null });
    const flipped = fc
      .nat({ max: genuine.length - 1 })
      .map((at) => genuine.slice(0, at) + (genuine[at] === 'A' ? 'B' : 'A') + genuine.slice(at + 1))
      // The last letter of base64 text may have unused bits.
      .filter(
        (value) => !Buffer.from(value.split('.')[1] ?? '', 'base64url').equals(Buffer.from(mac, 'base64url')),
      );
    const anything = fc.oneof(
      fc
        .uint8Array({ maxLength: 60 })
        .map((bytes) => encodeURIComponent(Buffer.from(bytes).toString('latin1'))),
      fc.string({ unit: 'binary', maxLength: 40 }).map((value) => encodeURIComponent(value.toWellFormed())),
      fc.base64String({ maxLength: 80 }).map((value) => `${value.replaceAll('=', '')}.${mac}`),
      fc.constantFrom(text, `${text}.`, `.${mac}`, `${forged}.${mac}`, `${text}.${mac}x`, `${text}..${mac}`),
      fc.integer({ min: 1, max: 200 }).map((length) => `${text.slice(0, length)}.${mac}`),
      flipped,
    );
    await fc.assert(
      fc.asyncProperty(anything, async (value) => {
        fc.pre(value !== genuine);
        const cookie = `referral=${value}`;
        const answer = await kit.register({}, { cookie });
        expect([answer.status, answer.body.user?.referredBy]).toEqual([201, null]);
        expect((await kit.visit(code, { cookie })).status).toBe(302);
      }),
      { numRuns: 60, seed: 4_004 },
    );
    expect(await kit.readStats(ada)).toMatchObject({ signups: 0 });
  });

  it('with a valid signature fails neither a sign-up nor a visit, whatever it contains', async () => {
    const ada = await kit.signUp();
    const part = fc.string({ unit: 'grapheme', maxLength: 30 });
    const visit = fc.record({
      code: fc.oneof(part, fc.constantFrom(kit.codeOf(ada), '', '\0', 'x'.repeat(10_240), 1, null)),
      visitedAt: fc.oneof(fc.constantFrom(nowInSeconds(), '', null, -1, 1e308), fc.integer()),
      utm: fc.oneof(fc.constantFrom(null, [], 1, { utm_other: 'x' }), fc.record({ utm_source: part })),
    });
    const contents = fc.oneof(
      visit.map(encodeJson),
      fc.jsonValue().map(encodeJson),
      fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.toWellFormed()),
      fc.base64String({ maxLength: 60 }),
    );
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const cookie = encodeURI(signCookie(content).replace(/[;, ]/g, ''));
        expect((await kit.register({}, { cookie })).status).toBe(201);
        expect((await kit.visit(kit.codeOf(ada), { cookie })).status).toBe(302);
      }),
      { numRuns: 40, seed: 4_004 },
    );
  });

  it('is signed for its purpose alone: an unsubscribe token is refused', async () => {
    const ada = await kit.signUp();
    const visit = { code: kit.codeOf(ada), visitedAt: nowInSeconds(), utm: null };
    const foreign = server.app.unsubscribeSigner.sign(encodeJson(visit));
    expect((await kit.register({}, { cookie: signCookie(encodeJson(visit)) })).body.user.referredBy).toBe(
      ada.username,
    );
    const answer = await kit.register({}, { cookie: `referral=${foreign}` });
    expect(answer.body.user.referredBy).toBeNull();
  });

  it('is cleared by a sign-up, even when nobody is credited', async () => {
    const ada = await kit.signUp();
    for (const cookie of [await kit.visitCookie(kit.codeOf(ada)), 'referral=nonsense']) {
      const { headers } = await kit.register({}, { cookie });
      const line = headers.getSetCookie().find((text) => text.startsWith('referral='));
      expect(line).toMatch(/^referral=;/);
    }
  });

  it('is bound to the host over HTTPS by its name and flags', async () => {
    const secure = await startTestServer({ env: { PUBLIC_URL: 'https://api.linkgrove.test' } });
    try {
      const { signUp, visit, codeOf } = createReferralKit(secure);
      const { headers } = await visit(codeOf(await signUp()));
      expect(headers.getSetCookie()).toEqual([
        expect.stringMatching(
          /^__Host-referral=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
        ),
      ]);
    } finally {
      await secure.close();
    }
  });
});

describe('the QR code of a link', () => {
  type Point = [number, number];
  /** The outlines of a path of straight lines. */
  const outlinesOf = (path: string): Point[][] =>
    path
      .split('Z')
      .filter(Boolean)
      .map((outline) => [...outline.matchAll(/[ML](\d+) (\d+)/g)].map(([, x, y]) => [Number(x), Number(y)]));

  /** Rasterises one of our SVGs at four pixels per module; a pixel within an odd number of outlines is dark. */
  function rasterise(svg: string): { data: Uint8ClampedArray; size: number } {
    const [, margin, modules] = /viewBox="-(\d+) -\1 (\d+) \2"/.exec(svg) ?? [];
    const edges = outlinesOf(/ d="([^"]+)"/.exec(svg)?.[1] ?? '').flatMap((points) =>
      points.map((from, index) => [from, points[(index + 1) % points.length] ?? from] as const),
    );
    const isDark = (x: number, y: number) =>
      edges.filter(
        ([[x1, y1], [x2, y2]]) => x1 === x2 && x1 <= x && Math.min(y1, y2) <= y && y < Math.max(y1, y2),
      ).length %
        2 ===
      1;
    const scale = 4;
    const size = Number(modules) * scale;
    const data = new Uint8ClampedArray(size * size * 4).fill(255);
    for (let pixel = 0; pixel < size * size; pixel++) {
      const module = (offset: number) => Math.floor(offset / scale) - Number(margin);
      if (isDark(module(pixel % size), module(pixel / size))) data.fill(0, pixel * 4, pixel * 4 + 3);
    }
    return { data, size };
  }

  it('leads a scanner to the link under its newest code, without a session', async () => {
    const ada = await kit.signUp();
    const code = `qr-${process.pid}`;
    const [link] = (await kit.as(ada, 'GET', '/api/referral-links')).body.items;
    await kit.as(ada, 'PATCH', `/api/referral-links/${link.id}`, { code });
    for (const asked of [code, kit.codeOf(ada), code.toUpperCase()]) {
      const { status, headers, body } = await server.call('GET', `/r/${asked}/qr.svg`);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(body).not.toMatch(/<script|javascript:|on\w+=/i);
      const { data, size } = rasterise(body);
      expect(jsQR.default(data, size, size)?.data).toBe(`http://localhost:3000/r/${code}?via=qr`);
    }
  });

  it('counts as no visit, and does not exist for an unusable code', async () => {
    const ada = await kit.signUp();
    await server.call('GET', `/r/${kit.codeOf(ada)}/qr.svg`, { headers: { 'user-agent': BROWSER } });
    expect((await kit.readStats(ada)).visits).toBe(0);
    for (const code of ['nobody-has-this', '%00', '<svg>', 'x'.repeat(500)]) {
      expect((await server.call('GET', `/r/${code}/qr.svg`)).status).toBe(404);
    }
  });
});

describe('the referral funnel', () => {
  const funnel = async (who: SignedUp, query = '') =>
    (await kit.as(who, 'GET', `/api/referral-funnel${query}`)).body;

  it('counts visits, sign-ups and successes of the requested days, for this referrer only', async () => {
    const [ada, eve] = [await kit.signUp(), await kit.signUp()];
    for (let n = 0; n < 4; n++) await kit.visit(kit.codeOf(ada), { 'user-agent': `${BROWSER} ${n}` });
    await kit.bring(ada, 1);
    await kit.refer(ada);
    const cookie = await kit.visitCookie(kit.codeOf(ada));
    await kit.signUp({}, { cookie });
    const whole = {
      visits: 5,
      signups: 3,
      signupsWithoutVisit: 2,
      successful: 1,
      signupRate: 0.2,
      successRate: 1 / 3,
    };
    const nothing = {
      visits: 0,
      signups: 0,
      signupsWithoutVisit: 0,
      successful: 0,
      signupRate: 0,
      successRate: 0,
    };
    expect(await funnel(ada)).toMatchObject({ ...whole, previous: nothing });
    expect((await funnel(ada)).series.at(-1)).toMatchObject({ visits: 5, signups: 3, successful: 1 });
    expect(await funnel(ada, '?days=1')).toMatchObject(whole);
    expect(await funnel(eve)).toMatchObject({ ...nothing, previous: nothing });
    await sql`update referral_deltas set day = day - 10 where referrer_id = ${ada.user.id}`.execute(
      server.app.db,
    );
    server.app.cache('referral-stats').invalidate(ada.user.id);
    expect(await funnel(ada, '?days=10')).toMatchObject({ ...nothing, previous: whole });
    expect(await funnel(ada, '?days=11')).toMatchObject(whole);
    await sql`delete from referral_deltas where referrer_id = ${ada.user.id} and visits > 0`.execute(
      server.app.db,
    );
    server.app.cache('referral-stats').invalidate(ada.user.id);
    expect(await funnel(ada, '?days=11')).toMatchObject({ visits: 0, signups: 3, signupRate: 0 });
    for (const days of ['0', '366', 'x']) {
      expect((await funnel(ada, `?days=${days}`)).errors[0].path).toBe('days');
    }
  });
});

it('a visitor is forgotten after an hour, and the salt of the visitor hash within two days', async () => {
  const { deleteOldVisitorSalts, deleteVisitors } = await import('@linkgrove/api/jobs');
  const { db } = server.app;
  const ada = await kit.signUp();
  await kit.visit(kit.codeOf(ada));
  await server.app.recorder.settle();
  const salts = () => db.selectFrom('visitor_salts').select('day').execute();
  const seen = () => db.selectFrom('referral_visitors').select('visitor_hash').execute();
  await deleteVisitors(server.app);
  await sql`update visitor_salts set day = day - 1`.execute(db);
  await deleteOldVisitorSalts(server.app);
  expect([(await salts()).length, (await seen()).length > 0]).toEqual([1, true]);
  await sql`update referral_visitors set seen_at = seen_at - interval '61 minutes'`.execute(db);
  await sql`update visitor_salts set day = day - 1`.execute(db);
  await Promise.all([deleteVisitors(server.app), deleteOldVisitorSalts(server.app)]);
  expect([await salts(), await seen()]).toEqual([[], []]);
  // Only the count of the visit is left.
  expect((await kit.readStats(ada)).visits).toBe(1);
  const person = newPerson();
  expect((await kit.register(person)).status).toBe(201);
});
