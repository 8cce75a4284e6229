import { refreshLeaderboard, rollUpDeltas } from '@linkgrove/api/jobs';
import { requireHealthy } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { type SignedUp, useReferralKit } from './kit/index.ts';

const { server, kit, admin } = useReferralKit();

const read = async (who: SignedUp, path: string, query = '') =>
  (await kit.as(who, 'GET', `/api/${path}?${query}`)).body;
const toDate = (at: Date) => at.toISOString().slice(0, 10);

/** Moves everything of a referrer that was counted so far to a time, as if it had happened then. */
async function moveTo(who: SignedUp, at: string): Promise<void> {
  const { id } = who.user;
  await server.app.db.transaction().execute(async (trx) => {
    // The history is append-only.
    await sql`set local session_replication_role = replica`.execute(trx);
    await sql`
      update referral_events set created_at = ${at}
      where referral_id in (select id from referrals where referrer_id = ${id})`.execute(trx);
    await sql`
      update referrals set date_referred = ${at},
        qualified_at = case when qualified_at is not null then ${at}::timestamptz end
      where referrer_id = ${id}`.execute(trx);
    await sql`
      update referral_deltas set at = ${at}, day = (${at}::timestamptz at time zone 'utc')::date
      where referrer_id = ${id}`.execute(trx);
  });
}

describe('a reversal', () => {
  it('counts on its own day, stays off the successes of any day, and is subtracted from the board of the day of the success', async () => {
    const ada = await kit.signUp();
    await kit.as(ada, 'PATCH', '/api/me', { leaderboard: true });
    const [old] = await kit.bring(ada, 2);
    const longAgo = new Date(Date.now() - 40 * 86_400_000);
    await moveTo(ada, longAgo.toISOString());
    const [recent] = await kit.bring(ada, 2);
    const check = async () => {
      server.app.cache('referral-stats').invalidate(ada.user.id);
      const stats = await kit.readStats(ada, '?days=60');
      expect(stats).toMatchObject({ signups: 4, successful: 2, rejected: 2 });
      const days = stats.daily.filter((day: { signups: number }) => day.signups > 0);
      expect(days).toEqual([
        { date: toDate(longAgo), visits: 0, signups: 2, successful: 2, reversed: 0 },
        { date: toDate(new Date()), visits: 0, signups: 2, successful: 2, reversed: 2 },
      ]);
      expect(stats.period).toMatchObject({ signups: 4, successful: 4, reversed: 2 });
      expect(await read(ada, 'referral-funnel', 'days=60')).toMatchObject({
        signups: 4,
        successful: 4,
        reversed: 2,
        successRate: 1,
      });
      await refreshLeaderboard(server.app);
      const mine = async (period: string) =>
        (await read(ada, 'referral-leaderboard', `period=${period}`)).me?.successful;
      expect([await mine('all'), await mine('month')]).toEqual([2, 1]);
      await requireHealthy(server.app);
    };
    for (const who of [old, recent]) {
      await kit.decide(admin, await kit.referralIdOf(who as SignedUp), 'reverse');
    }
    await check();
    await rollUpDeltas(server.app);
    await check();
  });
});

describe('days of a time zone', () => {
  it('begin at its midnights, rolled up or not, and every zone has the same sums', async () => {
    const ada = await kit.signUp();
    await kit.bring(ada, 1);
    // 23:40 on 4 November in London is 00:40 on the 5th in Berlin, 05:25 in Kathmandu, and 15:40 on the 4th in Los Angeles.
    await moveTo(ada, '2026-11-04T23:40:00Z');
    const check = async () => {
      const days = {
        UTC: '2026-11-04',
        'Europe/Berlin': '2026-11-05',
        'Asia/Kathmandu': '2026-11-05',
        'America/Los_Angeles': '2026-11-04',
      };
      for (const [timezone, date] of Object.entries(days)) {
        const query = `from=2026-11-03&to=2026-11-06&timezone=${timezone}`;
        const stats = await read(ada, 'referral-stats', query);
        expect([timezone, stats.daily.map((day: { date: string }) => day.date)]).toEqual([
          timezone,
          ['2026-11-03', '2026-11-04', '2026-11-05', '2026-11-06'],
        ]);
        expect(stats.daily.filter((day: { signups: number }) => day.signups > 0)).toEqual([
          { date, visits: 0, signups: 1, successful: 1, reversed: 0 },
        ]);
        expect(stats).toMatchObject({ signups: 1, period: { signups: 1, successful: 1 } });
        const funnel = await read(ada, 'referral-funnel', query);
        expect(funnel).toMatchObject({ signups: 1, previous: { signups: 0 } });
        expect(funnel.series).toHaveLength(4);
      }
      expect(await read(ada, 'referral-funnel', 'from=2026-11-05&to=2026-11-06&timezone=UTC')).toMatchObject({
        signups: 0,
        previous: { signups: 1, successful: 1 },
      });
      expect(
        (await read(ada, 'referral-stats', 'from=2026-11-04T23:45:00Z&to=2026-11-06')).period,
      ).toMatchObject({ signups: 0 });
    };
    await check();
    await rollUpDeltas(server.app);
    await check();
    await requireHealthy(server.app);
  });

  it('can be the last ones, and ranges that make no sense are refused', async () => {
    const ada = await kit.signUp();
    await kit.bring(ada, 1);
    const { daily } = await read(ada, 'referral-stats', 'days=7&timezone=Pacific/Kiritimati');
    expect(daily).toHaveLength(7);
    expect(daily.at(-1)).toMatchObject({
      date: toDate(new Date(Date.now() + 14 * 3_600_000)),
      signups: 1,
    });
    const wrong = {
      'timezone=Mars/Phobos': 'timezone',
      'from=2026-11-02&to=2026-11-01': 'from',
      'from=2024-01-01&to=2026-11-01': 'from',
      'days=3&from=2026-11-01': 'days',
      'from=yesterday': 'from',
    };
    for (const [query, path] of Object.entries(wrong)) {
      for (const list of ['referral-stats', 'referral-funnel']) {
        expect([query, (await read(ada, list, query)).errors?.[0].path]).toEqual([query, path]);
      }
    }
  });
});

describe('the rows of links', () => {
  it('add up to the totals after a link was deleted', async () => {
    const ada = await kit.signUp();
    const link = (await kit.as(ada, 'POST', '/api/referral-links', {})).body;
    await kit.visit(link.code);
    await kit.verify(await kit.signUp({ referralCode: link.code }));
    await kit.refer(ada);
    await kit.as(ada, 'DELETE', `/api/referral-links/${link.id}`);
    const { links, visits, signups } = await kit.readStats(ada);
    expect([visits, signups]).toEqual([1, 2]);
    expect(links).toEqual([
      expect.objectContaining({ code: kit.codeOf(ada), visits: 0, signups: 1, deleted: false }) as object,
      { id: null, code: null, label: null, visits: 1, signups: 1, successful: 1, deleted: true },
    ]);
  });
});

it('a sign-up that is taken back after the roll-up is rolled up as well', async () => {
  const ada = await kit.signUp();
  const friend = await kit.refer(ada);
  await rollUpDeltas(server.app);
  expect((await kit.deleteAccount(friend)).status).toBe(204);
  expect(await rollUpDeltas(server.app)).toBe(1);
  expect(await kit.readStats(ada)).toMatchObject({ signups: 0, pending: 0, period: { signups: 0 } });
  await requireHealthy(server.app);
});

describe('the funnel', () => {
  it('tells sign-ups after a visit from typed codes, and no rate passes 1', async () => {
    const ada = await kit.signUp();
    const cookie = await kit.visitCookie(kit.codeOf(ada));
    await kit.verify(await kit.signUp({}, { cookie }));
    await kit.bring(ada, 3);
    expect(await read(ada, 'referral-funnel', 'days=1')).toMatchObject({
      visits: 1,
      signups: 4,
      signupsWithVisit: 1,
      signupsWithoutVisit: 3,
      successful: 4,
      signupRate: 1,
      successRate: 1,
    });
    await moveTo(ada, new Date(Date.now() - 5 * 86_400_000).toISOString());
    await kit.verify(await kit.refer(ada));
    await sql`update referral_deltas set at = at - interval '3 days', day = day - 3
      where referrer_id = ${ada.user.id} and signups = 1 and day = (now() at time zone 'utc')::date`.execute(
      server.app.db,
    );
    expect(await read(ada, 'referral-funnel', 'days=1')).toMatchObject({
      signups: 0,
      successful: 1,
      successRate: 0,
    });
  });
});
