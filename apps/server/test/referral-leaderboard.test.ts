import { refreshLeaderboard, refreshPastLeaderboard, rollUpDeltas } from '@linkgrove/api/jobs';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { createReferralKit, PASSWORD, type SignedUp, useTestServer } from './kit/index.ts';

const server = useTestServer();
const kit = createReferralKit(server);

const readBoard = async (query = '') =>
  (await server.call('GET', `/api/referral-leaderboard${query}`)).body.items;
const setOptIn = ({ token }: SignedUp, leaderboard: boolean) =>
  server.call('PATCH', '/api/me', { token, body: { leaderboard } });

it('the leaderboard shows users who opted in, best first, with shared ranks, and nobody without successful referrals', async () => {
  const people = [
    await server.signUp(),
    await server.signUp(),
    await server.signUp(),
    await server.signUp(),
    await server.signUp(),
  ];
  const [ada, bob, cy, shy, idle] = people as [SignedUp, SignedUp, SignedUp, SignedUp, SignedUp];
  await kit.bring(ada, 1);
  await kit.bring(bob, 3);
  await kit.bring(cy, 1);
  await kit.bring(shy, 5);
  for (const who of [ada, bob, cy, idle]) expect((await setOptIn(who, true)).status).toBe(200);
  for (const period of ['', '?period=all', '?period=month', '?period=week']) {
    expect(await readBoard(period)).toEqual([
      { rank: 1, username: bob.username, displayName: null, avatarUrl: null, successful: 3 },
      { rank: 2, username: ada.username, displayName: null, avatarUrl: null, successful: 1 },
      { rank: 2, username: cy.username, displayName: null, avatarUrl: null, successful: 1 },
    ]);
  }
  await kit.bring(ada, 3);
  await refreshLeaderboard(server.app);
  expect((await readBoard()).map((row: { username: string }) => row.username)).toEqual([
    ada.username,
    bob.username,
    cy.username,
  ]);

  await setOptIn(ada, false);
  expect((await readBoard())[0].username).toBe(bob.username);
  await server.call('DELETE', '/api/me', { token: bob.token, body: { password: PASSWORD } });
  expect((await readBoard()).map((row: { username: string }) => row.username)).toEqual([cy.username]);
});

it('the leaderboard counts the successes of the last week or month', async () => {
  const ada = await server.signUp();
  await kit.bring(ada, 2);
  await sql`update referral_deltas set day = day - 40, at = at - interval '40 days' where referrer_id = ${ada.user.id}`.execute(
    server.app.db,
  );
  await kit.bring(ada, 1);
  await setOptIn(ada, true);
  const mine = async (query: string) =>
    (await readBoard(query)).find((row: { username: string }) => row.username === ada.username)?.successful;
  expect([await mine('?period=all'), await mine('?period=month'), await mine('?period=week')]).toEqual([
    3, 1, 1,
  ]);
  expect((await server.call('GET', '/api/referral-leaderboard?period=year')).body.errors[0].path).toBe(
    'period',
  );
});

describe('a past month', () => {
  const lastMonth = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth(), 0, 23, 30));
  const label = lastMonth.toISOString().slice(0, 7);
  const moveSuccesses = ({ user }: SignedUp) =>
    sql`update referral_deltas set at = ${lastMonth.toISOString()}, day = ${lastMonth.toISOString().slice(0, 10)}
      where referrer_id = ${user.id}`.execute(server.app.db);

  it('keeps its board, from which a reversal is still subtracted', async () => {
    const admin = await kit.signUpAdmin();
    const ada = await server.signUp();
    await setOptIn(ada, true);
    const [friend] = await kit.bring(ada, 2);
    await moveSuccesses(ada);
    await sql`update referrals set qualified_at = ${lastMonth.toISOString()} where referrer_id = ${ada.user.id}`.execute(
      server.app.db,
    );
    await kit.bring(ada, 1);
    const mine = async (period: string) =>
      (await server.as(ada, 'GET', `/api/referral-leaderboard?period=${period}`)).body.me?.successful;
    for (const rolledUp of [false, true]) {
      if (rolledUp) await rollUpDeltas(server.app);
      await refreshLeaderboard(server.app);
      await refreshPastLeaderboard(server.app);
      expect([await mine(label), await mine('month'), await mine('all')]).toEqual([2, 1, 3]);
    }
    expect(await mine(new Date().toISOString().slice(0, 7))).toBe(1);
    await kit.decide(admin, await kit.referralIdOf(friend as SignedUp), 'reverse');
    await refreshLeaderboard(server.app);
    await refreshPastLeaderboard(server.app);
    expect([await mine(label), await mine('month'), await mine('all')]).toEqual([1, 1, 2]);
    for (const wrong of ['2026-13', '2026', 'year']) {
      const { body } = await server.as(ada, 'GET', `/api/referral-leaderboard?period=${wrong}`);
      expect(body.errors[0].path).toBe('period');
    }
  });

  it("ends at midnight in the campaign's time zone", async () => {
    const admin = await kit.signUpAdmin();
    const ada = await server.signUp();
    await setOptIn(ada, true);
    await kit.bring(ada, 2);
    await moveSuccesses(ada);
    const mine = async (period: string) =>
      (await server.as(ada, 'GET', `/api/referral-leaderboard?period=${period}`)).body.me?.successful;
    // 23:30 UTC on the last of the month is the first in Berlin.
    await kit.runCampaign(admin, { timezone: 'Europe/Berlin' });
    for (const rolledUp of [false, true]) {
      if (rolledUp) await rollUpDeltas(server.app);
      await refreshLeaderboard(server.app);
      await refreshPastLeaderboard(server.app);
      expect([await mine('month'), await mine(label)]).toEqual([2, undefined]);
    }
    await kit.runCampaign(admin, { timezone: 'UTC' });
    await refreshLeaderboard(server.app);
    await refreshPastLeaderboard(server.app);
    expect([await mine('month'), await mine(label)]).toEqual([undefined, 2]);
  });
});

describe('the leaderboard tells a caller their own place', () => {
  const readPlace = async ({ token }: SignedUp, query = '') =>
    (await server.call('GET', `/api/referral-leaderboard${query}`, { token })).body;

  it('also beyond the limit of items, and only if they are on it', async () => {
    const [ada, bob, shy, idle] = [
      await server.signUp(),
      await server.signUp(),
      await server.signUp(),
      await server.signUp(),
    ];
    await kit.bring(ada, 9);
    await kit.bring(bob, 8);
    await kit.bring(shy, 9);
    for (const who of [ada, bob, idle]) await setOptIn(who, true);
    await refreshLeaderboard(server.app);
    const board = await readPlace(bob, '?limit=1');
    expect(board.items.map((row: { username: string }) => row.username)).toEqual([ada.username]);
    expect(board.me).toEqual({ rank: 2, successful: 8 });
    expect((await readPlace(bob, '?period=week')).me).toEqual({ rank: 2, successful: 8 });
    expect((await readPlace(ada)).me).toEqual({ rank: 1, successful: 9 });
    for (const who of [shy, idle]) expect((await readPlace(who)).me).toBeNull();
    expect((await server.call('GET', '/api/referral-leaderboard')).body.me).toBeNull();
    await setOptIn(bob, false);
    expect((await readPlace(bob)).me).toBeNull();
    for (const limit of ['0', '101', 'x']) {
      expect((await readPlace(ada, `?limit=${limit}`)).errors[0].path).toBe('limit');
    }
  });

  it('however many are ahead of them', async () => {
    const { db } = server.app;
    const ada = await server.signUp();
    await kit.bring(ada, 1);
    await setOptIn(ada, true);
    // 300 users with two to four successes each.
    await sql`
      with ahead as (
        insert into users (id, username, email, email_canonical, password_hash, referral_code, leaderboard)
        select gen_random_uuid(), 'ahead' || n, 'ahead' || n || '@example.com', 'ahead' || n || '@example.com', 'x',
          'ahead' || n, true
        from generate_series(1, 300) n returning id, referral_code
      ),
      links as (
        insert into referral_links (id, user_id, code) select gen_random_uuid(), id, referral_code from ahead
        returning id, user_id, code
      ),
      codes as (
        insert into referral_codes (code, link_id, user_id) select code, id, user_id from links
      )
      insert into referral_totals
        (link_id, referrer_id, visits, signups, pending, successful, rejected, review)
      select id, user_id, 0, n, 0, n, 0, 0 from links
        cross join lateral (values (2 + length(code) % 3)) v (n)`.execute(db);
    const ahead = (await readPlace(ada)).me.rank;
    await refreshLeaderboard(server.app);
    expect((await readPlace(ada)).me).toEqual({ rank: ahead + 300, successful: 1 });
  });
});
