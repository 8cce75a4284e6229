import { rollUpDeltas } from '@linkgrove/api/jobs';
import { requireHealthy } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  BROWSER,
  createReferralKit,
  crowd,
  deviceOf,
  type SignedUp,
  startTestServer,
  tally,
  times,
  useReferralKit,
} from '../kit/index.ts';

const { server, kit, admin } = useReferralKit();

const STATES = ['pending', 'successful', 'rejected', 'review'] as const;
/** The allowed transitions of a referral. */
const ARROWS = new Set([
  'pending successful',
  'pending rejected',
  'pending review',
  'review pending',
  'review rejected',
  'successful rejected',
]);

/** Differences between counts and rows, read in one snapshot: by link and status, and by referrer and day. */
async function findDifferences(): Promise<unknown[]> {
  const { rows } = await sql`
    with counts as (
      select link_id, signups, pending, successful, rejected, review from referral_totals
      union all
      select link_id, signups, pending, successful, rejected, review from referral_deltas
    ),
    counted as (
      select link_id, sum(signups) as signups, sum(pending) as pending, sum(successful) as successful,
        sum(rejected) as rejected, sum(review) as review
      from counts group by link_id
    ),
    stored as (
      select link_id, count(*) as signups, count(*) filter (where status = 'pending') as pending,
        count(*) filter (where status = 'successful') as successful,
        count(*) filter (where status = 'rejected') as rejected, count(*) filter (where status = 'review') as review
      from referrals group by link_id
    ),
    by_day as (
      select referrer_id, sum(signups) as signups, sum(successful) as successful from (
        select referrer_id, signups, successful - reversed as successful from referral_daily
        union all select referrer_id, signups, successful from referral_deltas
      ) d group by referrer_id
    ),
    by_referrer as (
      select referrer_id, count(*) as signups, count(*) filter (where status = 'successful') as successful
      from referrals group by referrer_id
    )
    select 'link' as of, c::text, s::text from counted c full join stored s using (link_id)
      where (c.signups, c.pending, c.successful, c.rejected, c.review)
        is distinct from (s.signups, s.pending, s.successful, s.rejected, s.review)
        and coalesce(c.signups, 0) + coalesce(s.signups, 0) > 0
    union all
    select 'day', d::text, r::text from by_day d full join by_referrer r using (referrer_id)
      where (d.signups, d.successful) is distinct from (r.signups, r.successful)
        and coalesce(d.signups, 0) + coalesce(r.signups, 0) > 0`.execute(server.app.db);
  return rows;
}

it('20. totals, daily sums and rows agree at every moment while people sign up, verify, are reviewed and are rolled up', async () => {
  const referrers = await crowd(3, 3, () => kit.signUp());
  let isOver = false;
  const watched: unknown[] = [];
  const watch = async () => {
    while (!isOver) watched.push(await findDifferences());
  };
  const rollUp = async () => {
    while (!isOver) await rollUpDeltas(server.app);
  };
  const useReferral = async (index: number) => {
    const friend = await kit.refer(referrers[index % 3] as SignedUp);
    if (index % 4 !== 0) await kit.verify(friend);
    const { id } = (await kit.referralOf(friend)) as { id: string };
    if (index % 8 === 0) await kit.decide(admin, id, 'reject');
    if (index % 5 === 1) await kit.decide(admin, id, 'reverse');
  };
  const traffic = crowd(60, 30, useReferral).finally(() => (isOver = true));
  await Promise.all([traffic, watch(), rollUp(), rollUp()]);
  expect(watched.length).toBeGreaterThan(10);
  expect(watched.flat()).toEqual([]);

  let all = 0;
  for (const ada of referrers) {
    const shown = await kit.readStats(ada);
    for (const status of STATES) {
      const { rows } = await sql<{ count: number }>`
        select count(*) as count from referrals where referrer_id = ${ada.user.id} and status = ${status}`.execute(
        server.app.db,
      );
      expect([status, shown[status]]).toEqual([status, rows[0]?.count]);
    }
    const [today] = shown.daily;
    expect(today.signups).toBe(shown.signups);
    expect(today.successful - today.reversed).toBe(shown.successful);
    all += shown.signups;
  }
  expect(all).toBe(60);
  await requireHealthy(server.app);
});

describe('21. rolling up', () => {
  it('includes a verification whose sign-up was rolled up earlier, and a later decision', async () => {
    const ada = await kit.signUp();
    const [bob, cy] = [await kit.refer(ada), await kit.refer(ada)];
    await rollUpDeltas(server.app);
    await kit.verify(bob);
    await kit.verify(cy);
    await rollUpDeltas(server.app);
    await kit.decide(admin, await kit.referralIdOf(cy), 'reverse');
    await rollUpDeltas(server.app);
    server.app.cache('referral-stats').invalidate(ada.user.id);
    expect(await kit.readStats(ada)).toMatchObject({ signups: 2, successful: 1, rejected: 1, pending: 0 });
    await requireHealthy(server.app);
  });

  it('moves everything once when it runs twice or thirty times at once', async () => {
    const ada = await kit.signUp();
    await kit.bring(ada, 4);
    await crowd(9, 9, (index) => kit.visit(kit.codeOf(ada), { 'user-agent': `${BROWSER} ${index}` }));
    const before = await kit.readStats(ada);
    expect(before).toMatchObject({ visits: 9, signups: 4, successful: 4 });
    await times(30, () => rollUpDeltas(server.app));
    expect(await rollUpDeltas(server.app)).toBe(0);
    server.app.cache('referral-stats').invalidate(ada.user.id);
    expect(await kit.readStats(ada)).toEqual(before);
    await requireHealthy(server.app);
  });

  it('leaves everything unchanged when it is rolled back halfway', async () => {
    const ada = await kit.signUp();
    await kit.bring(ada, 4);
    const before = await kit.readStats(ada);
    // The last part of the statement fails, as when a process is killed.
    await sql`create function fail() returns trigger language plpgsql as $$ begin raise 'stopped'; end $$`.execute(
      server.app.db,
    );
    await sql`create trigger stop before insert or update on referral_daily for each row execute function fail()`.execute(
      server.app.db,
    );
    await expect(rollUpDeltas(server.app)).rejects.toThrow('stopped');
    await sql`drop function fail() cascade`.execute(server.app.db);
    server.app.cache('referral-stats').invalidate(ada.user.id);
    expect(await kit.readStats(ada)).toEqual(before);
    await rollUpDeltas(server.app);
    server.app.cache('referral-stats').invalidate(ada.user.id);
    expect(await kit.readStats(ada)).toEqual(before);
    await requireHealthy(server.app);
  });
});

describe('22. moving a referral to another status', () => {
  const decide = (id: string, verb: string) => kit.decide(admin, id, verb);
  const deltasOf = async (ada: SignedUp) =>
    (
      await server.app.db
        .selectFrom('referral_deltas')
        .select(['signups', 'pending', 'successful', 'rejected', 'review'])
        .where('referrer_id', '=', ada.user.id)
        // A reversal is noted on the day of the success as well.
        .where('undone', '=', 0)
        .orderBy('id')
        .execute()
    ).map((row) => Object.values(row));

  it('subtracts one from the old count and adds one to the new count', async () => {
    const ada = await kit.signUp();
    const first = await kit.refer(ada);
    const device = deviceOf(first);
    const second = await kit.refer(ada, {}, { cookie: device });
    await kit.verify(first);
    await decide(await kit.referralIdOf(first), 'reverse');
    await decide(await kit.referralIdOf(second), 'approve');
    await kit.verify(second);
    expect(await deltasOf(ada)).toEqual([
      [1, 1, 0, 0, 0],
      [1, 0, 0, 0, 1],
      [0, -1, 1, 0, 0],
      [0, 0, -1, 1, 0],
      [0, 1, 0, 0, -1],
      [0, -1, 1, 0, 0],
    ]);
    expect(
      (await kit.historyOf(await kit.referralIdOf(second))).map((move) => [move.from_status, move.to_status]),
    ).toEqual([
      ['review', 'pending'],
      ['pending', 'successful'],
    ]);
  });

  it('is refused where it is not allowed, and changes and records nothing', async () => {
    const ada = await kit.signUp();
    const [pending, successful, rejected] = [
      await kit.refer(ada),
      await kit.refer(ada),
      await kit.refer(ada),
    ];
    await kit.verify(successful);
    await decide(await kit.referralIdOf(rejected), 'reject');
    const before = [await deltasOf(ada), await kit.readStats(ada), await kit.rewardsOf(ada)];
    const illegal: [SignedUp, string][] = [
      [pending, 'approve'],
      [pending, 'reverse'],
      [successful, 'approve'],
      [successful, 'reject'],
      [rejected, 'approve'],
      [rejected, 'reject'],
      [rejected, 'reverse'],
    ];
    for (const [who, verb] of illegal) {
      const { status, body } = await decide(await kit.referralIdOf(who), verb);
      expect([verb, status, body.code]).toEqual([verb, 409, 'CONFLICT']);
    }
    expect([await deltasOf(ada), await kit.readStats(ada), await kit.rewardsOf(ada)]).toEqual(before);
    expect(await kit.historyOf(await kit.referralIdOf(pending))).toEqual([]);
  });

  it('happens once when 30 requests reject or reverse the same referral', async () => {
    const ada = await kit.signUp();
    const [friend] = (await kit.bring(ada, 1)) as [SignedUp];
    const id = await kit.referralIdOf(friend);
    expect(tally(await times(30, () => decide(id, 'reverse')))).toEqual({ 200: 1, '409 CONFLICT': 29 });
    const other = await kit.refer(ada);
    const otherId = await kit.referralIdOf(other);
    expect(tally(await times(30, () => decide(otherId, 'reject')))).toEqual({ 200: 1, '409 CONFLICT': 29 });
    expect(await kit.readStats(ada)).toMatchObject({ signups: 2, rejected: 2, pending: 0, successful: 0 });
    await requireHealthy(server.app);
  });

  it('has one winner when verification and rejection race, and all counts follow it', async () => {
    const ada = await kit.signUp();
    const people = await crowd(30, 10, () => kit.refer(ada));
    const ids = await Promise.all(people.map(kit.referralIdOf));
    const tokens = await Promise.all(people.map((who) => kit.mailedToken(who)));
    await times(60, (index) =>
      index % 2
        ? decide(ids[index >> 1] ?? '', 'reject')
        : kit.post('/api/verify-email', { token: tokens[index >> 1] }),
    );
    const { successful, rejected, pending, creditsEarned } = await kit.readStats(ada);
    expect([successful + rejected, pending]).toEqual([30, 0]);
    const milestones = [...(await kit.rewardsOf(ada))].filter(({ role }) => role === 'milestone');
    const bonus = milestones.reduce((sum, { credits }) => sum + credits, 0);
    expect(creditsEarned).toBe(successful * 10 + bonus);
    expect(await findDifferences()).toEqual([]);
    await requireHealthy(server.app);
  });

  it('is allowed by the database along six transitions only, and none of the rejected without an earlier success', async () => {
    // On its own server, because these changes bypass the counts.
    const other = await startTestServer();
    try {
      const { signUp, refer, referralOf } = createReferralKit(other);
      const set = (id: string, status: string) =>
        sql`update referrals set status = ${status}, qualified_at = case when ${status} = 'successful' then now() end
          where id = ${id}`.execute(other.app.db);
      const ada = await signUp();
      for (const was of STATES) {
        for (const becomes of STATES.filter((status) => status !== was)) {
          const { id } = (await referralOf(await refer(ada))) as { id: string };
          if (was !== 'pending') await set(id, was);
          const moved = set(id, becomes);
          if (ARROWS.has(`${was} ${becomes}`)) await moved;
          else await expect(moved).rejects.toThrow(`cannot go from ${was} to ${becomes}`);
        }
      }
    } finally {
      await other.close();
    }
  });
});

describe('23. a visit', () => {
  const PREVIEWS = [
    'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
    'Twitterbot/1.0',
    'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
    'TelegramBot (like TwitterBot)',
    'WhatsApp/2.23.20.0',
    'LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)',
    'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'curl/8.5.0',
    'python-requests/2.32',
  ];
  const PREFETCHES = [
    { 'sec-purpose': 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
    { 'sec-purpose': 'prefetch;anonymous-client-ip' },
    { purpose: 'prefetch' },
    { 'x-moz': 'prefetch' },
    { purpose: 'preview' },
  ] as Record<string, string>[];

  it('by a bot, a link preview, a prefetch or a HEAD request is not counted', async () => {
    const ada = await kit.signUp();
    const code = kit.codeOf(ada);
    for (const agent of PREVIEWS) await kit.visit(code, { 'user-agent': agent });
    for (const headers of PREFETCHES) await kit.visit(code, headers);
    await server.call('HEAD', `/r/${code}`, { headers: { 'user-agent': BROWSER } });
    await kit.visit(code, { 'user-agent': '' });
    expect((await kit.readStats(ada)).visits).toBe(0);
    await kit.visit(code);
    expect((await kit.readStats(ada)).visits).toBe(1);
  });

  it('that is reloaded within the hour counts once, even thirty at once, and again an hour later', async () => {
    const ada = await kit.signUp();
    const code = kit.codeOf(ada);
    await times(30, (index) => kit.visit(index % 2 ? code : code.toUpperCase()));
    expect((await kit.readStats(ada)).visits).toBe(1);
    await sql`update referral_visitors set seen_at = seen_at - interval '61 minutes'`.execute(server.app.db);
    await times(30, () => kit.visit(code));
    expect((await kit.readStats(ada)).visits).toBe(2);
    await requireHealthy(server.app);
  });

  it('to another link or by another browser counts separately', async () => {
    const ada = await kit.signUp();
    const { code } = (await kit.as(ada, 'POST', '/api/referral-links', {})).body;
    await kit.visit(kit.codeOf(ada));
    await kit.visit(code);
    await kit.visit(code, { 'user-agent': BROWSER.replace('140', '141') });
    const { visits, links } = await kit.readStats(ada);
    expect([visits, links.map((link: { visits: number }) => link.visits)]).toEqual([3, [1, 2]]);
  });
});
