import { generateId } from '@linkgrove/api';
import { qualifyDueReferrals, rollUpDeltas, settleCredits } from '@linkgrove/api/jobs';
import { requireHealthy } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { crowd, type SignedUp, tally, TERMS, times, useReferralKit } from '../kit/index.ts';

const { server, kit, admin } = useReferralKit();

const reverse = async (friend: SignedUp) => kit.decide(admin, await kit.referralIdOf(friend), 'reverse');
const verifyAll = async (people: SignedUp[], atOnce: number) => {
  const tokens = await Promise.all(people.map((who) => kit.mailedToken(who)));
  return crowd(people.length, atOnce, (index) => kit.post('/api/verify-email', { token: tokens[index] }));
};
const rewardStatesOf = async (who: SignedUp) =>
  (await kit.rewardsOf(who)).reduce<Record<string, number>>(
    (counts, { role, state }) => ({
      ...counts,
      [`${role} ${state}`]: (counts[`${role} ${state}`] ?? 0) + 1,
    }),
    {},
  );
const runUnder = async (terms: Partial<typeof TERMS>, act: () => Promise<void>) => {
  await kit.runCampaign(admin, terms);
  await act();
  await kit.runCampaign(admin, {});
};
const NO_MILESTONES = { milestones: [] };

describe('24. a reward', () => {
  it('is granted once to each side, however often and however parallel the referral is qualified', async () => {
    await runUnder(NO_MILESTONES, async () => {
      const ada = await kit.signUp();
      const bob = await kit.refer(ada);
      await server.app.db
        .updateTable('referrals')
        .set({ due_at: new Date(0) })
        .where('referred_user_id', '=', bob.user.id)
        .execute();
      const token = await kit.mailedToken(bob);
      const [answers] = await Promise.all([
        times(30, () => server.call('POST', '/api/verify-email', { body: { token } })),
        times(30, () => qualifyDueReferrals(server.app)),
      ]);
      expect(tally(answers)).toEqual({ 200: 1, '410 TOKEN_EXPIRED': 29 });
      // The job runs again, as queues do, and another address is verified.
      await times(5, () => qualifyDueReferrals(server.app));
      await kit.changeEmail(bob, 'bob.of.24@mail.test');
      expect(await rewardStatesOf(ada)).toEqual({ 'referrer granted': 1 });
      expect(await rewardStatesOf(bob)).toEqual({ 'referred granted': 1 });
      expect([await kit.balanceOf(ada), await kit.balanceOf(bob)]).toEqual([10, 5]);
    });
    await requireHealthy(server.app);
  });
});

describe('25. a cap on rewards', () => {
  it('of twenty grants exactly twenty under 64 parallel verifications; the rest are capped and none is lost', async () => {
    await runUnder({ ...NO_MILESTONES, cap: 20, capPeriod: 'month' }, async () => {
      const ada = await kit.signUp();
      const people = await crowd(64, 16, () => kit.refer(ada));
      expect(tally(await verifyAll(people, 64))).toEqual({ 200: 64 });
      expect(await rewardStatesOf(ada)).toEqual({ 'referrer granted': 20, 'referrer capped': 44 });
      expect(await kit.readStats(ada)).toMatchObject({
        successful: 64,
        creditsEarned: 200,
        creditsBalance: 200,
      });
      const { items } = await kit.readRewards(ada, '?limit=100');
      expect(items).toHaveLength(20);
      // The cap applies to the referrer only.
      for (const friend of people) expect(await rewardStatesOf(friend)).toEqual({ 'referred granted': 1 });
    });
    await requireHealthy(server.app);
  });

  it('is counted separately per period and per referrer', async () => {
    await runUnder({ ...NO_MILESTONES, cap: 2, capPeriod: 'day' }, async () => {
      const [ada, bob] = [await kit.signUp(), await kit.signUp()];
      await kit.bring(ada, 3);
      await kit.bring(bob, 1);
      expect(await rewardStatesOf(ada)).toEqual({ 'referrer granted': 2, 'referrer capped': 1 });
      expect(await rewardStatesOf(bob)).toEqual({ 'referrer granted': 1 });
      // Moves the rewards to three days ago.
      await sql`update reward_windows set period = (period::date - 3)::text,
        starts_at = starts_at - interval '3 days', ends_at = ends_at - interval '3 days'
        where user_id = ${ada.user.id}`.execute(server.app.db);
      await sql`update rewards set created_at = created_at - interval '3 days'
        where user_id = ${ada.user.id}`.execute(server.app.db);
      await kit.bring(ada, 3);
      expect(await rewardStatesOf(ada)).toEqual({ 'referrer granted': 4, 'referrer capped': 2 });
    });
    await requireHealthy(server.app);
  });
});

describe('25. a cap holds', () => {
  it('over versions, periods and campaigns: `all` is for ever, and rewards without a cap count', async () => {
    const ada = await kit.signUp();
    const bringUnder = async (terms: Parameters<typeof runUnder>[0], count: number) => {
      await runUnder({ ...NO_MILESTONES, ...terms }, async () => {
        await kit.bring(ada, count);
      });
      return rewardStatesOf(ada);
    };
    expect(await bringUnder({ cap: 2, capPeriod: 'all' }, 3)).toEqual({
      'referrer granted': 2,
      'referrer capped': 1,
    });
    for (const capPeriod of ['all', 'month', 'week', 'day'] as const) {
      expect(await bringUnder({ cap: 2, capPeriod }, 1)).toMatchObject({ 'referrer granted': 2 });
    }
    expect(await bringUnder({}, 2)).toMatchObject({ 'referrer granted': 4 });
    expect(await bringUnder({ cap: 4, capPeriod: 'month' }, 1)).toMatchObject({ 'referrer granted': 4 });
    expect(await bringUnder({ cap: 5, capPeriod: 'all' }, 2)).toMatchObject({ 'referrer granted': 5 });
    await requireHealthy(server.app);
  });

  it('under 30 parallel verifications of two versions, of which one has no cap until then', async () => {
    const ada = await kit.signUp();
    const early = await crowd(15, 10, () => kit.refer(ada));
    await runUnder({ ...NO_MILESTONES, cap: 20, capPeriod: 'week' }, async () => {
      const late = await crowd(15, 10, () => kit.refer(ada));
      const all = [...early, ...late];
      await times(30, (index) => kit.verify(all[index] as SignedUp));
    });
    const states = await rewardStatesOf(ada);
    expect((states['referrer granted'] ?? 0) + (states['referrer capped'] ?? 0)).toBe(30);
    expect(states['referrer granted']).toBeGreaterThanOrEqual(20);
    await requireHealthy(server.app);
  });

  it('and the doctor says so, except of a parallel reward without a cap that began before and came after', async () => {
    const ada = await kit.signUp();
    const uncapped = await kit.refer(ada);
    await runUnder({ ...NO_MILESTONES, cap: 1, capPeriod: 'all' }, async () => {
      await kit.bring(ada, 1);
    });
    await kit.verify(uncapped);
    expect(await rewardStatesOf(ada)).toEqual({ 'referrer granted': 2 });
    const referralId = await kit.referralIdOf(uncapped);
    const moveBefore = (span: string) =>
      sql`update rewards set created_at = (
          select min(created_at) - ${span}::interval from rewards
          where user_id = ${ada.user.id} and referral_id <> ${referralId})
        where user_id = ${ada.user.id} and referral_id = ${referralId}`.execute(server.app.db);
    await moveBefore('2 minutes');
    await expect(requireHealthy(server.app)).rejects.toThrow('no reward passes the cap of its version');
    await moveBefore('1 second');
    await requireHealthy(server.app);
  });

  it("by days of the campaign's time zone, and gives the slots of reversed referrals back in each period", async () => {
    await runUnder({ ...NO_MILESTONES, cap: 1, capPeriod: 'day', timezone: 'Asia/Kathmandu' }, async () => {
      const ada = await kit.signUp();
      const [first] = (await kit.bring(ada, 1)) as [SignedUp];
      const { rows } = await sql<{ period: string; local: string; span: string }>`
        select period, to_char(now() at time zone 'Asia/Kathmandu', 'YYYY-MM-DD') as local,
          (ends_at - starts_at)::text as span
        from reward_windows where user_id = ${ada.user.id} and now() >= starts_at and now() < ends_at
          and starts_at at time zone 'Asia/Kathmandu' = date_trunc('day', starts_at at time zone 'Asia/Kathmandu')`.execute(
        server.app.db,
      );
      expect(rows).toEqual([
        { period: `${rows[0]?.local} Asia/Kathmandu`, local: rows[0]?.local, span: '1 day' },
      ]);
      await kit.decide(admin, await kit.referralIdOf(first), 'reverse');
      await kit.bring(ada, 2);
      expect(await rewardStatesOf(ada)).toMatchObject({ 'referrer granted': 1, 'referrer capped': 1 });
      await requireHealthy(server.app);
    });
  });
});

it('26. verifying thirty times uses one place under the cap', async () => {
  await runUnder({ ...NO_MILESTONES, cap: 2, capPeriod: 'all' }, async () => {
    const ada = await kit.signUp();
    const [bob] = (await kit.bring(ada, 1)) as [SignedUp];
    for (let n = 0; n < 3; n++) {
      await sql`update users set email_verified_at = null where id = ${bob.user.id}`.execute(server.app.db);
      server.app.cache('users').invalidate(bob.user.id);
      await kit.as(bob, 'POST', '/api/resend-verification');
      const token = await kit.mailedToken(bob);
      await times(10, () => server.call('POST', '/api/verify-email', { body: { token } }));
      await qualifyDueReferrals(server.app);
    }
    const places = await server.app.db
      .selectFrom('reward_windows')
      .select(['granted', 'cap', 'period'])
      .where('user_id', '=', ada.user.id)
      .execute();
    expect(places).toEqual([{ granted: 1, cap: 2, period: 'all' }]);
    await kit.bring(ada, 1);
    expect(await rewardStatesOf(ada)).toEqual({ 'referrer granted': 2 });
  });
  await requireHealthy(server.app);
});

it('27. both rewards are granted together: if one cannot be stored neither is, and a retry grants both', async () => {
  const { db } = server.app;
  const ada = await kit.signUp();
  const bob = await kit.refer(ada);
  for (const role of ['referrer', 'referred']) {
    await sql`create function fail() returns trigger language plpgsql as $$ begin raise 'out of order'; end $$`.execute(
      db,
    );
    await sql`create trigger broken before insert on rewards for each row
      when (new.role = ${sql.lit(role)}) execute function fail()`.execute(db);
    const { status } = await kit.verify(bob);
    expect([role, status]).toEqual([role, 500]);
    expect(await kit.referralOf(bob)).toMatchObject({ status: 'pending' });
    expect([await kit.rewardsOf(ada), await kit.rewardsOf(bob)]).toEqual([[], []]);
    await sql`drop function fail() cascade`.execute(db);
  }
  expect((await kit.verify(bob)).status).toBe(200);
  expect([await rewardStatesOf(ada), await rewardStatesOf(bob)]).toEqual([
    { 'referrer granted': 1 },
    { 'referred granted': 1 },
  ]);
  await requireHealthy(server.app);
});

describe('28. a milestone', () => {
  const milestonesOf = async (who: SignedUp) =>
    (await kit.rewardsOf(who)).filter(({ role }) => role === 'milestone').map(({ threshold }) => threshold);

  it('is paid once: taken back when the count falls below it, and given back when it returns', async () => {
    const ada = await kit.signUp();
    const people = await kit.bring(ada, 5);
    await kit.runScheduledJobs();
    expect(await milestonesOf(ada)).toEqual([5]);
    await reverse(people[0] as SignedUp);
    await kit.runScheduledJobs();
    expect(await kit.readStats(ada)).toMatchObject({ successful: 4, creditsBalance: 40 });
    await requireHealthy(server.app);
    await kit.bring(ada, 1);
    expect(await kit.balanceOf(ada)).toBe(5 * 10 + 25);
    await kit.bring(ada, 1);
    await kit.runScheduledJobs();
    expect(await milestonesOf(ada)).toEqual([5]);
    expect(await kit.balanceOf(ada)).toBe(6 * 10 + 25);
    await requireHealthy(server.app);
  });

  it('that 30 verifications reach at once is granted once, with the success that reached it', async () => {
    const ada = await kit.signUp();
    const people = await crowd(30, 15, () => kit.refer(ada));
    const [answers] = await Promise.all([verifyAll(people, 30), times(10, () => rollUpDeltas(server.app))]);
    expect(tally(answers)).toEqual({ 200: 30 });
    expect((await milestonesOf(ada)).toSorted((a, b) => Number(a) - Number(b))).toEqual([5, 10, 25]);
    expect(await kit.readStats(ada)).toMatchObject({ creditsEarned: 300 + 225, creditsBalance: 300 + 225 });
    await requireHealthy(server.app);
  });

  it('stands exactly if it is reached while 15 verifications and 15 reversals race, also for redemptions', async () => {
    const ada = await kit.signUp();
    const early = await kit.bring(ada, 15);
    const late = await crowd(15, 15, () => kit.refer(ada));
    await Promise.all([
      verifyAll(late, 15),
      times(15, (index) => reverse(early[index] as SignedUp)),
      times(5, () => kit.redeem(ada)),
      times(5, () => settleCredits(server.app)),
    ]);
    expect(await kit.readStats(ada)).toMatchObject({ successful: 15, rejected: 15 });
    const milestones = (await kit.rewardsOf(ada)).filter(({ role }) => role === 'milestone');
    const standing = milestones.filter(({ state }) => state === 'granted').map(({ threshold }) => threshold);
    expect(standing.toSorted((a, b) => Number(a) - Number(b))).toEqual([5, 10]);
    await requireHealthy(server.app);
  });

  it('of a new version counts from it on, and is paid for the past only if an administrator says so', async () => {
    const { id } = await kit.runCampaign(admin, NO_MILESTONES);
    const publish = (milestones: object[]) =>
      kit.as(admin, 'POST', `/api/admin/referral-campaigns/${id}/versions`, { terms: { milestones } });
    const [ada, eve] = [await kit.signUp(), await kit.signUp()];
    await kit.bring(ada, 4);
    await publish([
      { referrals: 3, credits: 30 },
      { referrals: 6, credits: 60 },
    ]);
    await kit.bring(ada, 2);
    await kit.bring(eve, 3);
    expect([await milestonesOf(ada), await milestonesOf(eve)]).toEqual([[6], [3]]);
    await kit.runCampaign(admin, {});
    await requireHealthy(server.app);
  });

  it('is not granted again by another campaign', async () => {
    const ada = await kit.signUp();
    await kit.bring(ada, 5);
    await runUnder({ milestones: [{ referrals: 5, credits: 1_000 }] }, async () => {
      await kit.bring(ada, 1);
      await kit.runScheduledJobs();
    });
    expect(await milestonesOf(ada)).toEqual([5]);
    expect(await kit.balanceOf(ada)).toBe(60 + 25);
  });
});

describe('29. the balance', () => {
  it('equals the sum of the ledger and never goes below zero while it is earned, spent, reversed and settled', async () => {
    await runUnder({ referrerCredits: 60, referredCredits: 60, milestones: [] }, async () => {
      const ada = await kit.signUp();
      const early = await kit.bring(ada, 30);
      const late = await crowd(15, 15, () => kit.refer(ada));
      const lows: number[] = [];
      const answers = await Promise.all([
        verifyAll(late, 10),
        times(30, (index) => reverse(early[index] as SignedUp)),
        times(30, () => kit.redeem(ada)),
        times(10, async () => (lows.push(await kit.balanceOf(ada)), [])),
      ]);
      await times(5, () => settleCredits(server.app));
      for (const { status } of answers.flat(2) as { status: number }[]) expect([200, 422]).toContain(status);
      expect(Math.min(...lows)).toBeGreaterThanOrEqual(0);
      const { rows } = await sql<{ sum: number }>`
        select sum(amount) as sum from credit_entries where user_id = ${ada.user.id}`.execute(server.app.db);
      const { balance } = await kit.readRewards(ada, '?limit=100');
      expect(balance).toBe(rows[0]?.sum);
      expect(balance).toBeGreaterThanOrEqual(0);
    });
    await requireHealthy(server.app);
  });

  it('can be reversed and settled at the same time without a deadlock', async () => {
    await runUnder(NO_MILESTONES, async () => {
      const referrers = await crowd(6, 6, () => kit.signUp());
      const people = (await crowd(6, 6, (index) => kit.bring(referrers[index] as SignedUp, 5))).flat();
      const late = await crowd(15, 15, (index) => kit.refer(referrers[index % 6] as SignedUp));
      const [reversed] = await Promise.all([
        times(30, (index) => reverse(people[index] as SignedUp)),
        times(30, () => settleCredits(server.app)),
        verifyAll(late, 10),
      ]);
      expect(tally(reversed)).toEqual({ 200: 30 });
    });
    await requireHealthy(server.app);
  });

  it('has entries that nobody can change or delete, and each is reversed at most once', async () => {
    const { db } = server.app;
    const ada = await kit.signUp();
    const [friend] = (await kit.bring(ada, 1)) as [SignedUp];
    expect(tally(await times(30, () => reverse(friend)))).toEqual({ 200: 1, '409 CONFLICT': 29 });
    const { items } = await kit.readRewards(ada, '?limit=100');
    expect(items.map((entry: { kind: string; amount: number }) => [entry.kind, entry.amount])).toEqual([
      ['reversal', -10],
      ['reward', 10],
    ]);
    const [reversal, reward] = items as { id: string }[];
    for (const change of [
      sql`update credit_entries set amount = 1 where id = ${reward?.id}`,
      sql`delete from credit_entries where id = ${reversal?.id}`,
    ]) {
      await expect(change.execute(db)).rejects.toThrow('cannot be changed');
    }
    const again = (reversesId: string | null) => sql`
      insert into credit_entries (id, user_id, amount, kind, reverses_id)
      values (${generateId()}, ${ada.user.id}, -10, 'reversal', ${reversesId})`;
    await expect(again(reward?.id ?? '').execute(db)).rejects.toThrow('credit_entries_reverses_id_key');
    await expect(again(null).execute(db)).rejects.toThrow('earned_or_spent');
    await expect(
      db.updateTable('credit_accounts').set({ balance: -1 }).where('user_id', '=', ada.user.id).execute(),
    ).rejects.toThrow('not_negative');
    await requireHealthy(server.app);
  });
});

describe('30. a reversal', () => {
  it('of unspent credits takes them back from both sides and frees the place under the cap', async () => {
    await runUnder({ ...NO_MILESTONES, cap: 1, capPeriod: 'month' }, async () => {
      const ada = await kit.signUp();
      const [first, second] = [await kit.refer(ada), await kit.refer(ada)];
      await kit.verify(first);
      await kit.verify(second);
      expect(await rewardStatesOf(ada)).toEqual({ 'referrer granted': 1, 'referrer capped': 1 });
      await reverse(first);
      expect(await rewardStatesOf(ada)).toEqual({ 'referrer reversed': 1, 'referrer capped': 1 });
      expect(await rewardStatesOf(first)).toEqual({ 'referred reversed': 1 });
      expect([await kit.balanceOf(ada), await kit.balanceOf(first)]).toEqual([0, 0]);
      await kit.bring(ada, 2);
      expect(await rewardStatesOf(ada)).toEqual({
        'referrer reversed': 1,
        'referrer capped': 2,
        'referrer granted': 1,
      });
      // A capped reward granted nothing, so nothing is taken back and no place is freed.
      await reverse(second);
      await kit.bring(ada, 1);
      expect(await rewardStatesOf(ada)).toMatchObject({ 'referrer granted': 1, 'referrer capped': 3 });
      expect(await kit.balanceOf(ada)).toBe(10);
    });
    await requireHealthy(server.app);
  });

  it('of spent credits takes nothing and puts the reward into review', async () => {
    await runUnder({ referrerCredits: 100, referredCredits: 7, milestones: [] }, async () => {
      const ada = await kit.signUp();
      const [friend] = (await kit.bring(ada, 1)) as [SignedUp];
      expect((await kit.redeem(ada)).body.balance).toBe(0);
      expect((await reverse(friend)).body).toMatchObject({ status: 'rejected' });
      expect(await rewardStatesOf(ada)).toEqual({ 'referrer review': 1 });
      expect(await rewardStatesOf(friend)).toEqual({ 'referred reversed': 1 });
      expect([await kit.balanceOf(ada), await kit.balanceOf(friend)]).toEqual([0, 0]);
      expect(await kit.readStats(ada)).toMatchObject({ successful: 0, rejected: 1, creditsBalance: 0 });
    });
    await requireHealthy(server.app);
  });
});

it('31. a referral keeps the terms of the campaign version at its sign-up, whatever is published or started later', async () => {
  const campaign = await kit.runCampaign(admin, { referrerCredits: 11, referredCredits: 3, milestones: [] });
  const ada = await kit.signUp();
  const first = await kit.refer(ada);
  const published = await kit.as(admin, 'POST', `/api/admin/referral-campaigns/${campaign.id}/versions`, {
    terms: { ...TERMS, referrerCredits: 22, referredCredits: 0, minAgeSeconds: 3_600, milestones: [] },
  });
  expect(published.body).toMatchObject({ version: 2, terms: { referrerCredits: 22 } });
  const second = await kit.refer(ada);
  await kit.runCampaign(admin, { referrerCredits: 33, milestones: [] });
  for (const friend of [first, second]) await kit.verify(friend);
  expect(await kit.referralOf(first)).toMatchObject({ status: 'successful' });
  expect(await kit.referralOf(second)).toMatchObject({ status: 'pending' });
  expect((await kit.rewardsOf(ada)).map(({ credits }) => credits)).toEqual([11]);
  expect((await kit.rewardsOf(first)).map(({ credits }) => credits)).toEqual([3]);
  await sql`update referrals set due_at = now() where referred_user_id = ${second.user.id}`.execute(
    server.app.db,
  );
  await qualifyDueReferrals(server.app);
  expect(await kit.referralOf(second)).toMatchObject({ status: 'pending' });
  for (const change of [
    sql`update referral_campaign_versions set referrer_credits = 1000 where campaign_id = ${campaign.id}`,
    sql`delete from referral_campaign_versions where campaign_id = ${campaign.id}`,
  ]) {
    await expect(change.execute(server.app.db)).rejects.toThrow('cannot be changed');
  }
  await kit.runCampaign(admin, {});
  await requireHealthy(server.app);
});
