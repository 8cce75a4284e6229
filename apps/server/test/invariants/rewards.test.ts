import { generateId } from '@linkgrove/api';
import { qualifyDueReferrals, rollUpDeltas, settleCredits } from '@linkgrove/api/jobs';
import { requireHealthy } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SignedUp, startTestServer, type TestServer } from '../harness.ts';
import { crowd, type Kit, createKit, tally, TERMS, times } from './kit.ts';

let server: TestServer;
let kit: Kit;
let admin: SignedUp;
beforeAll(async () => {
  server = await startTestServer();
  kit = createKit(server);
  admin = await kit.admin();
});
afterAll(() => server.close());

const account = async (who: SignedUp) => (await kit.as(who, 'GET', '/api/rewards?limit=100')).body;
const redeem = (who: SignedUp) => kit.as(who, 'POST', '/api/rewards/redeem', { item: 'premium_month' });
const reverse = async (friend: SignedUp) =>
  kit.as(admin, 'POST', `/api/admin/referrals/${(await kit.referralOf(friend))?.id}/reverse`, {
    reason: 'Of a test',
  });
const verifyAll = async (people: SignedUp[], atOnce: number) => {
  const tokens = await Promise.all(people.map((who) => kit.mailedToken(who)));
  return crowd(people.length, atOnce, (index) => kit.post('/api/verify-email', { token: tokens[index] }));
};
const states = async (who: SignedUp) =>
  (await kit.rewardsOf(who)).reduce<Record<string, number>>(
    (counts, { role, state }) => ({
      ...counts,
      [`${role} ${state}`]: (counts[`${role} ${state}`] ?? 0) + 1,
    }),
    {},
  );
const under = async (terms: Partial<typeof TERMS>, act: () => Promise<void>) => {
  await kit.runCampaign(admin, terms);
  await act();
  await kit.runCampaign(admin, {});
};
const NO_MILESTONES = { milestones: [] };

describe('24. a reward', () => {
  it('24. is given once to each side, however many qualify the referral at once and again', async () => {
    await under(NO_MILESTONES, async () => {
      const ada = await kit.join();
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
      // The job again, as queues do, and the address verified once more.
      await times(5, () => qualifyDueReferrals(server.app));
      await kit.changeEmail(bob, 'bob.of.24@mail.test');
      expect(await states(ada)).toEqual({ 'referrer granted': 1 });
      expect(await states(bob)).toEqual({ 'referred granted': 1 });
      expect([(await account(ada)).balance, (await account(bob)).balance]).toEqual([10, 5]);
    });
    await requireHealthy(server.app);
  });
});

describe('25. a cap of twenty', () => {
  it('25. under 64 parallel verifications grants exactly twenty; the rest is capped, and none is lost', async () => {
    await under({ ...NO_MILESTONES, cap: 20, capPeriod: 'month' }, async () => {
      const ada = await kit.join();
      const people = await crowd(64, 16, () => kit.refer(ada));
      expect(tally(await verifyAll(people, 64))).toEqual({ 200: 64 });
      expect(await states(ada)).toEqual({ 'referrer granted': 20, 'referrer capped': 44 });
      expect(await kit.stats(ada)).toMatchObject({ successful: 64, creditsEarned: 200, creditsBalance: 200 });
      const { items } = await account(ada);
      expect(items).toHaveLength(20);
      // The cap is the referrer's alone.
      for (const friend of people) expect(await states(friend)).toEqual({ 'referred granted': 1 });
    });
    await requireHealthy(server.app);
  });

  it('25. is counted anew in each period, and for each referrer', async () => {
    await under({ ...NO_MILESTONES, cap: 2, capPeriod: 'day' }, async () => {
      const [ada, bob] = [await kit.join(), await kit.join()];
      await kit.bring(ada, 3);
      await kit.bring(bob, 1);
      expect(await states(ada)).toEqual({ 'referrer granted': 2, 'referrer capped': 1 });
      expect(await states(bob)).toEqual({ 'referrer granted': 1 });
      // The same, three days ago.
      await sql`update reward_caps set period = (period::date - 3)::text where user_id = ${ada.user.id}`.execute(
        server.app.db,
      );
      await sql`update rewards set created_at = created_at - interval '3 days',
        cap_period = (cap_period::date - 3)::text where user_id = ${ada.user.id}`.execute(server.app.db);
      await kit.bring(ada, 3);
      expect(await states(ada)).toEqual({ 'referrer granted': 4, 'referrer capped': 2 });
    });
    await requireHealthy(server.app);
  });
});

it('26. verifying thirty times over takes one place under the cap', async () => {
  await under({ ...NO_MILESTONES, cap: 2, capPeriod: 'all' }, async () => {
    const ada = await kit.join();
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
      .selectFrom('reward_caps')
      .select(['granted', 'cap', 'period'])
      .where('user_id', '=', ada.user.id)
      .execute();
    expect(places).toEqual([{ granted: 1, cap: 2, period: 'all' }]);
    await kit.bring(ada, 1);
    expect(await states(ada)).toEqual({ 'referrer granted': 2 });
  });
  await requireHealthy(server.app);
});

it('27. both sides are decided together: where one cannot be stored neither is, and a retry gives both', async () => {
  const { db } = server.app;
  const ada = await kit.join();
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
  expect([await states(ada), await states(bob)]).toEqual([
    { 'referrer granted': 1 },
    { 'referred granted': 1 },
  ]);
  await requireHealthy(server.app);
});

describe('28. a milestone', () => {
  const milestonesOf = async (who: SignedUp) =>
    (await kit.rewardsOf(who)).filter(({ role }) => role === 'milestone').map(({ threshold }) => threshold);

  it('28. is given once, though the count falls below it and returns', async () => {
    const ada = await kit.join();
    const people = await kit.bring(ada, 5);
    await kit.upkeep();
    expect(await milestonesOf(ada)).toEqual([5]);
    await reverse(people[0] as SignedUp);
    await kit.upkeep();
    expect(await kit.stats(ada)).toMatchObject({ successful: 4 });
    await kit.bring(ada, 2);
    await kit.upkeep();
    expect(await milestonesOf(ada)).toEqual([5]);
    expect((await account(ada)).balance).toBe(6 * 10 + 25);
    await requireHealthy(server.app);
  });

  it('28. that 30 reach at once is found, and given once, while roll-ups race', async () => {
    const ada = await kit.join();
    const people = await crowd(30, 15, () => kit.refer(ada));
    const [answers] = await Promise.all([verifyAll(people, 30), times(10, () => rollUpDeltas(server.app))]);
    expect(tally(answers)).toEqual({ 200: 30 });
    await times(5, () => rollUpDeltas(server.app));
    expect((await milestonesOf(ada)).toSorted((a, b) => Number(a) - Number(b))).toEqual([5, 10, 25]);
    expect(await kit.stats(ada)).toMatchObject({ creditsEarned: 300 + 225, creditsBalance: 300 + 225 });
    await requireHealthy(server.app);
  });

  it('28. is not given again by another campaign', async () => {
    const ada = await kit.join();
    await kit.bring(ada, 5);
    await under({ milestones: [{ referrals: 5, credits: 1_000 }] }, async () => {
      await kit.bring(ada, 1);
      await kit.upkeep();
    });
    expect(await milestonesOf(ada)).toEqual([5]);
    expect((await account(ada)).balance).toBe(60 + 25);
  });
});

describe('29. the balance', () => {
  it('29. is the sum of the ledger, and is never below zero, while it is earned, spent, reversed and settled', async () => {
    await under({ referrerCredits: 60, referredCredits: 60, milestones: [] }, async () => {
      const ada = await kit.join();
      const early = await kit.bring(ada, 30);
      const late = await crowd(15, 15, () => kit.refer(ada));
      const lows: number[] = [];
      const answers = await Promise.all([
        verifyAll(late, 10),
        times(30, (index) => reverse(early[index] as SignedUp)),
        times(30, () => redeem(ada)),
        times(10, async () => (lows.push((await account(ada)).balance), [])),
      ]);
      await times(5, () => settleCredits(server.app));
      for (const { status } of answers.flat(2) as { status: number }[]) expect([200, 422]).toContain(status);
      expect(Math.min(...lows)).toBeGreaterThanOrEqual(0);
      const { rows } = await sql<{ sum: number }>`
        select sum(amount) as sum from credit_entries where user_id = ${ada.user.id}`.execute(server.app.db);
      const { balance } = await account(ada);
      expect(balance).toBe(rows[0]?.sum);
      expect(balance).toBeGreaterThanOrEqual(0);
    });
    await requireHealthy(server.app);
  });

  it('29. is reversed and settled at the same time without anyone waiting for ever', async () => {
    await under(NO_MILESTONES, async () => {
      const referrers = await crowd(6, 6, () => kit.join());
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

  it('29. has entries that nobody changes or deletes, and each is reversed once at most', async () => {
    const { db } = server.app;
    const ada = await kit.join();
    const [friend] = (await kit.bring(ada, 1)) as [SignedUp];
    expect(tally(await times(30, () => reverse(friend)))).toEqual({ 200: 1, '409 CONFLICT': 29 });
    const { items } = await account(ada);
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
  it('30. of what was not spent takes both sides back and frees the place under the cap', async () => {
    await under({ ...NO_MILESTONES, cap: 1, capPeriod: 'month' }, async () => {
      const ada = await kit.join();
      const [first, second] = [await kit.refer(ada), await kit.refer(ada)];
      await kit.verify(first);
      await kit.verify(second);
      expect(await states(ada)).toEqual({ 'referrer granted': 1, 'referrer capped': 1 });
      await reverse(first);
      expect(await states(ada)).toEqual({ 'referrer reversed': 1, 'referrer capped': 1 });
      expect(await states(first)).toEqual({ 'referred reversed': 1 });
      expect([(await account(ada)).balance, (await account(first)).balance]).toEqual([0, 0]);
      await kit.bring(ada, 2);
      expect(await states(ada)).toEqual({
        'referrer reversed': 1,
        'referrer capped': 2,
        'referrer granted': 1,
      });
      // One that was capped gave nothing, so nothing is taken and no place comes free.
      await reverse(second);
      await kit.bring(ada, 1);
      expect(await states(ada)).toMatchObject({ 'referrer granted': 1, 'referrer capped': 3 });
      expect((await account(ada)).balance).toBe(10);
    });
    await requireHealthy(server.app);
  });

  it('30. of what was spent takes nothing and puts the reward up for review', async () => {
    await under({ referrerCredits: 100, referredCredits: 7, milestones: [] }, async () => {
      const ada = await kit.join();
      const [friend] = (await kit.bring(ada, 1)) as [SignedUp];
      expect((await redeem(ada)).body.balance).toBe(0);
      expect((await reverse(friend)).body).toMatchObject({ status: 'rejected' });
      expect(await states(ada)).toEqual({ 'referrer review': 1 });
      expect(await states(friend)).toEqual({ 'referred reversed': 1 });
      expect([(await account(ada)).balance, (await account(friend)).balance]).toEqual([0, 0]);
      expect(await kit.stats(ada)).toMatchObject({ successful: 0, rejected: 1, creditsBalance: 0 });
    });
    await requireHealthy(server.app);
  });
});

it('31. the terms of the version that someone signed up under hold, whatever is published or started since', async () => {
  const campaign = await kit.runCampaign(admin, { referrerCredits: 11, referredCredits: 3, milestones: [] });
  const ada = await kit.join();
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
