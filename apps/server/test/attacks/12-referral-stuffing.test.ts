import { requireHealthy } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  BEHIND_PROXY,
  BROWSER,
  clientFrom,
  newCode,
  newHandle,
  range,
  type SignedUp,
  tally,
  times,
  useReferralKit,
} from '../kit/index.ts';

const { server, kit, admin } = useReferralKit({ env: BEHIND_PROXY });

let hosts = 0;
/** A public IPv4 address that no other sign-up uses. */
const newNetwork = () => clientFrom(`9.${(hosts += 1) >> 8}.${hosts & 255}.1`);

/** Signs up and verifies accounts one after another, each from a network of its own; returns their referrals. */
async function stuff(referrer: SignedUp, emails: string[]) {
  const referrals = [];
  for (const email of emails) {
    const account = await kit.refer(referrer, { email }, { headers: newNetwork() });
    await kit.verify(account);
    const { status, signals = [] } = (await kit.referralOf(account)) ?? {};
    referrals.push({ status, signals: signals.toSorted() });
  }
  return referrals;
}

const countStatuses = (referrals: { status?: string | undefined }[]) => ({
  successful: referrals.filter(({ status }) => status === 'successful').length,
  review: referrals.filter(({ status }) => status === 'review').length,
});

describe('A13.12 scripted accounts', () => {
  it('A13.12 on fourteen domains that nobody used before end in review after the third', async () => {
    const eve = await kit.signUp();
    const referrals = await stuff(
      eve,
      range(14).map((n) => `me@stuffing-${n}.co`),
    );
    expect(countStatuses(referrals)).toEqual({ successful: 3, review: 11 });
    expect(referrals[3]?.signals).toEqual(['new_domain', 'new_domains']);
    expect(await kit.readStats(eve)).toMatchObject({ successful: 3, review: 11 });
    await requireHealthy(server.app);
  });

  it('A13.12 on one domain of their own end in review after the fifth', async () => {
    const eve = await kit.signUp();
    const referrals = await stuff(
      eve,
      range(14).map((n) => `me${n}@stuffing-farm.co`),
    );
    expect(countStatuses(referrals)).toEqual({ successful: 5, review: 9 });
    expect(referrals[5]?.signals).toEqual(['busy_domain', 'new_domain']);
  });

  it('A13.12 on the referrer’s domain end in review after the fifth', async () => {
    const eve = await kit.signUp({ email: 'eve@stuffing-home.co' });
    const referrals = await stuff(
      eve,
      range(7).map((n) => `me${n}@stuffing-home.co`),
    );
    expect(referrals[0]?.signals).toEqual([]);
    expect(countStatuses(referrals)).toEqual({ successful: 5, review: 2 });
  });

  it('A13.12 do not use up the trust of a domain: only users verified a month ago make one known', async () => {
    const [eve, old] = [await kit.signUp(), await kit.signUp({ email: 'old@stuffing-known.co' })];
    const signalsAt = async (n: number) => (await stuff(eve, [`me${n}@stuffing-known.co`]))[0]?.signals;
    expect(await signalsAt(1)).toEqual(['new_domain']);
    await sql`update users set created_at = now() - interval '31 days' where id = ${old.user.id}`.execute(
      server.app.db,
    );
    expect(await signalsAt(2)).toEqual(['new_domain']);
    await kit.verify(old);
    expect(await signalsAt(3)).toEqual([]);
  });
});

describe('A13.12 a popular referrer', () => {
  it('A13.12 with many sign-ups from mail providers is flagged, but never reviewed for that alone', async () => {
    const ada = await kit.signUp();
    const referrals = await stuff(
      ada,
      range(14).map((n) => `fan.number${n}@outlook.com`),
    );
    expect(referrals.map(({ signals }) => signals.join())).toEqual([
      ...Array.from({ length: 10 }, () => ''),
      ...Array.from({ length: 4 }, () => 'busy_referrer'),
    ]);
    expect(countStatuses(referrals)).toEqual({ successful: 14, review: 0 });
  });

  it('A13.12 is compared with their own history', async () => {
    const ada = await kit.signUp();
    // Four sign-ups a day on average: twenty in a day are busy, ten are not.
    await sql`
      insert into referral_daily (referrer_id, day, visits, signups, successful)
      select ${ada.user.id}, (now() at time zone 'utc')::date - n, 0, 4, 0 from generate_series(1, 30) n`.execute(
      server.app.db,
    );
    const referrals = await stuff(
      ada,
      range(21).map((n) => `regular.fan${n}@outlook.com`),
    );
    const busy = referrals.flatMap(({ signals }, n) => (signals.includes('busy_referrer') ? [n] : []));
    expect(busy).toEqual([20]);
    // The doctor would miss the sign-ups of these days.
    await server.app.db.deleteFrom('referral_daily').where('signups', '=', 4).execute();
  });
});

describe('A13.12 visits', () => {
  const embedded = (dest: string, mode: string) => ({
    'sec-fetch-dest': dest,
    'sec-fetch-mode': mode,
    'sec-fetch-site': 'cross-site',
  });

  it('A13.12 of images, frames and scripts of other sites neither count nor leave a cookie', async () => {
    const eve = await kit.signUp();
    const code = kit.codeOf(eve);
    for (const [dest, mode] of [
      ['image', 'no-cors'],
      ['iframe', 'navigate'],
      ['object', 'navigate'],
      ['script', 'no-cors'],
      ['empty', 'cors'],
      ['style', 'no-cors'],
      ['fencedframe', 'navigate'],
    ] as const) {
      const { status, headers } = await kit.visit(code, embedded(dest, mode));
      expect([dest, status, headers.getSetCookie()]).toEqual([dest, 302, []]);
    }
    await times(40, (n) =>
      kit.visit(code, { ...embedded('image', 'no-cors'), 'user-agent': `${BROWSER} ${n}` }),
    );
    await kit.visit(code, { 'sec-purpose': 'prefetch', ...embedded('document', 'navigate') });
    expect(await kit.readStats(eve)).toMatchObject({ visits: 0 });
  });

  it('A13.12 of a navigation count, and so do those of clients without these headers', async () => {
    const ada = await kit.signUp();
    const code = kit.codeOf(ada);
    const opened = await kit.visit(code, embedded('document', 'navigate'));
    expect(opened.cookies['referral']).toBeDefined();
    await kit.visit(code, { 'user-agent': `${BROWSER} old` });
    expect(await kit.readStats(ada)).toMatchObject({ visits: 2 });
  });
});

describe('A13.12 the cookie of one visit', () => {
  it('A13.12 credits one sign-up; a copy of it is dropped silently', async () => {
    const ada = await kit.signUp();
    const cookie = await kit.visitCookie(kit.codeOf(ada));
    const [first, second] = [await kit.register({}, { cookie }), await kit.register({}, { cookie })];
    expect([first.status, first.body.user.referredBy]).toEqual([201, ada.username]);
    expect([second.status, second.body.user.referredBy]).toEqual([201, null]);
    expect(await kit.readStats(ada)).toMatchObject({ signups: 1 });
  });

  it('A13.12 credits one of ten sign-ups at once, and takes one use of a limited link', async () => {
    const ada = await kit.signUp();
    const { code, id } = (await kit.as(ada, 'POST', '/api/referral-links', { maxUses: 5 })).body;
    const cookie = await kit.visitCookie(code);
    const answers = await times(10, () => kit.register({}, { cookie }));
    expect(tally(answers)).toEqual({ 201: 10 });
    expect(answers.filter(({ body }) => body.user.referredBy === ada.username)).toHaveLength(1);
    const { uses } = await server.app.db
      .selectFrom('referral_links')
      .select('uses')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(uses).toBe(1);
  });

  it('A13.12 is spent by a sign-up that also named the code, and a named code still credits', async () => {
    const ada = await kit.signUp();
    const cookie = await kit.visitCookie(kit.codeOf(ada));
    const referredBy = async (extra: object) => (await kit.register(extra, { cookie })).body.user.referredBy;
    expect(await referredBy({ referralCode: kit.codeOf(ada) })).toBe(ada.username);
    expect(await referredBy({})).toBeNull();
    expect(await referredBy({ referralCode: kit.codeOf(ada) })).toBe(ada.username);
  });

  it('A13.12 is not spent by a sign-up that fails', async () => {
    const ada = await kit.signUp();
    const cookie = await kit.visitCookie(kit.codeOf(ada));
    expect((await kit.register({ username: ada.username }, { cookie })).status).toBe(409);
    expect((await kit.register({}, { cookie })).body.user.referredBy).toBe(ada.username);
  });
});

describe('A13.12 the codes of a link', () => {
  const firstLinkOf = async (who: SignedUp) =>
    (await kit.as(who, 'GET', '/api/referral-links')).body.items.at(-1);

  it('A13.12 are ten at most, earlier ones included, even if they are added at once', async () => {
    const eve = await kit.signUp();
    const path = `/api/referral-links/${(await firstLinkOf(eve)).id}`;
    const answers = await times(30, () => kit.as(eve, 'PATCH', path, { code: newCode() }));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(9);
    expect(tally(answers)['422 LIMIT_REACHED']).toBe(21);
    // The link can still go back to one of them.
    expect((await kit.as(eve, 'PATCH', path, { code: kit.codeOf(eve) })).status).toBe(200);
  });

  it('A13.12 have a budget: a user cannot take codes without end by deleting links', async () => {
    const eve = await kit.signUp();
    const takeCode = async () => {
      const made = await kit.as(eve, 'POST', '/api/referral-links', { code: newCode() });
      if (made.status === 201) await kit.as(eve, 'DELETE', `/api/referral-links/${made.body.id}`);
      return made.status;
    };
    await times(147, () => server.app.limiter.consume('referralCodesAccount', eve.user.id));
    const statuses = [];
    for (let n = 0; n < 5; n++) statuses.push(await takeCode());
    expect(statuses).toEqual([201, 201, 201, 429, 429]);
  });
});

describe('A13.12 a code', () => {
  it('A13.12 is never the username or handle of another user, in any case', async () => {
    const [ada, eve] = [await kit.signUp(), await kit.signUp()];
    const [username, handle, renamed] = [newHandle('name'), newHandle('page'), newHandle('moved')];
    await kit.as(ada, 'PATCH', '/api/me', { username });
    const page = await kit.as(ada, 'POST', '/api/pages', { handle: renamed, title: 'Ada' });
    await kit.as(ada, 'PATCH', `/api/pages/${page.body.id}`, { handle });
    const [link] = (await kit.as(eve, 'GET', '/api/referral-links')).body.items;
    for (const name of [username, handle, renamed, username.toUpperCase()]) {
      const code = name;
      const made = await kit.as(eve, 'POST', '/api/referral-links', { code });
      expect([code, made.status, made.body.code]).toEqual([code, 409, 'REFERRAL_CODE_TAKEN']);
      const changed = await kit.as(eve, 'PATCH', `/api/referral-links/${link.id}`, { code });
      expect(changed.body.code).toBe('REFERRAL_CODE_TAKEN');
    }
    for (const code of [username, handle, renamed]) {
      expect((await kit.as(ada, 'POST', '/api/referral-links', { code })).status).toBe(201);
    }
  });

  it('A13.12 is not the name that a deleted user left, while it is held', async () => {
    const [ada, eve] = [await kit.signUp(), await kit.signUp()];
    await kit.verify(ada);
    await kit.deleteAccount(ada);
    const made = await kit.as(eve, 'POST', '/api/referral-links', { code: ada.username });
    expect(made.body.code).toBe('REFERRAL_CODE_TAKEN');
  });
});

describe('A13.12 the limit of automatic approvals', () => {
  it('A13.12 sends each success beyond it to review, exactly, and an approved one succeeds', async () => {
    await kit.runCampaign(admin, { autoApproveLimit: 3, milestones: [] });
    const ada = await kit.signUp();
    const people = await times(8, () => kit.refer(ada));
    await times(8, (n) => kit.verify(people[n] as SignedUp));
    expect(await kit.readStats(ada)).toMatchObject({ successful: 3, review: 5, creditsEarned: 30 });
    const states = await Promise.all(people.map((who) => kit.referralOf(who)));
    const waiting = states.find((referral) => referral?.status === 'review');
    expect(waiting?.reason).toBe('auto_approve_limit');
    const approved = await kit.decide(admin, waiting?.id ?? '', 'approve');
    expect(approved.body).toMatchObject({ status: 'successful', reason: null });
    expect(await kit.readStats(ada)).toMatchObject({ successful: 4, review: 4, creditsEarned: 40 });
    await requireHealthy(server.app);
  });

  it('A13.12 counts per referrer and campaign version, and is absent by default', async () => {
    const campaign = await kit.runCampaign(admin, { autoApproveLimit: 1, milestones: [] });
    const [ada, bob] = [await kit.signUp(), await kit.signUp()];
    await kit.bring(ada, 2);
    await kit.bring(bob, 1);
    expect([await kit.readStats(ada), await kit.readStats(bob)]).toMatchObject([
      { successful: 1, review: 1 },
      { successful: 1, review: 0 },
    ]);
    const { terms, id } = campaign;
    await kit.as(admin, 'POST', `/api/admin/referral-campaigns/${id}/versions`, { terms });
    await kit.bring(ada, 1);
    expect(await kit.readStats(ada)).toMatchObject({ successful: 2, review: 1 });
    const published = await kit.as(admin, 'POST', `/api/admin/referral-campaigns/${id}/versions`, {
      terms: { autoApproveLimit: null },
    });
    expect(published.body.terms.autoApproveLimit).toBeNull();
    await kit.bring(ada, 3);
    expect(await kit.readStats(ada)).toMatchObject({ successful: 5, review: 1 });
    const zero = { ...terms, autoApproveLimit: 0 };
    const refused = await kit.as(admin, 'POST', `/api/admin/referral-campaigns/${id}/versions`, {
      terms: zero,
    });
    expect(refused.body.errors[0].path).toBe('terms.autoApproveLimit');
    await kit.runCampaign(admin, {});
  });
});

describe('A13.32 the landing address of a referral link', () => {
  it('leads to no foreign site, whatever a referrer enters', async () => {
    const ada = await kit.signUp();
    const { id } = (await kit.as(ada, 'POST', '/api/referral-links', {})).body;
    for (const landingUrl of [
      'https://evil.example/register',
      '//evil.example/',
      '/register',
      'http://localhost:3000.evil.example/',
      'http://localhost:3000@evil.example/',
      'http://ada:secret@localhost:3000/',
      'http://localhost:3001/',
      'https://localhost:3000/',
      'https:\\\\evil.example',
      'javascript:alert(1)//http://localhost:3000/',
      'blob:http://localhost:3000/x',
      'data:text/html,http://localhost:3000/',
      '',
    ]) {
      for (const [method, path] of [
        ['POST', '/api/referral-links'],
        ['PATCH', `/api/referral-links/${id}`],
      ] as const) {
        const { status, body } = await kit.as(ada, method, path, { landingUrl });
        expect([landingUrl, status, body.errors?.[0].path]).toEqual([landingUrl, 400, 'landingUrl']);
      }
    }
  });

  it('leads to the sign-up page once its origin is no longer allowed', async () => {
    const ada = await kit.signUp();
    await server.app.db
      .updateTable('referral_links')
      .set({ landing_url: 'https://former.example/register' })
      .where('user_id', '=', ada.user.id)
      .execute();
    const { headers } = await kit.visit(kit.codeOf(ada), newNetwork());
    expect(headers.get('location')).toBe(`http://localhost:3000/register?referral=${kit.codeOf(ada)}`);
  });
});
