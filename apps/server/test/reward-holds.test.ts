import { grantHeldRewards } from '@linkgrove/api/jobs';
import { requireHealthy } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { crowd, type SignedUp, tally, times, useReferralKit } from './kit/index.ts';

const { server, kit, admin } = useReferralKit();
beforeAll(async () => {
  await kit.runCampaign(admin, { holdDays: 14, milestones: [], cap: 30, capPeriod: 'month' });
});

const DAY_MS = 86_400_000;
const endHolds = () => sql`update rewards set due_at = now() where state = 'pending'`.execute(server.app.db);
const reverse = async (friend: SignedUp) => kit.decide(admin, await kit.referralIdOf(friend), 'reverse');
const statesOf = async (who: SignedUp) => (await kit.rewardsOf(who)).map(({ state }) => state);
const creditsOf = async (who: SignedUp) => {
  const { balance, pending } = await kit.readRewards(who);
  const { creditsBalance, creditsEarned, creditsPending } = await kit.readStats(who);
  expect([creditsBalance, creditsPending]).toEqual([balance, pending]);
  return { balance, pending, earned: creditsEarned };
};
const slotsOf = async (who: SignedUp) =>
  server.app.db.selectFrom('reward_windows').select('granted').where('user_id', '=', who.user.id).execute();

describe('a reward with a hold', () => {
  it('is pending until it is due, shown beside the balance, and granted once by 30 jobs at once', async () => {
    const ada = await kit.signUp();
    const hook = { url: 'http://127.0.0.1:9/', events: ['reward.granted', 'reward.reversed'] };
    expect((await kit.as(ada, 'POST', '/api/webhooks', hook)).status).toBe(201);
    const events = async () =>
      (
        await sql<{ type: string }>`
          select type from webhook_events where type like 'reward.%' and object_id in (
            select id from rewards where user_id = ${ada.user.id}
          )`.execute(server.app.db)
      ).rows.map(({ type }) => type);
    const [bob] = (await kit.bring(ada, 1)) as [SignedUp];
    await grantHeldRewards(server.app);

    expect(await creditsOf(ada)).toEqual({ balance: 0, pending: 10, earned: 0 });
    expect(await creditsOf(bob)).toEqual({ balance: 0, pending: 5, earned: 0 });
    const { items } = await kit.readRewards(ada);
    expect(items).toMatchObject([{ kind: 'reward', amount: 10, role: 'referrer', state: 'pending' }]);
    const held = Date.parse(items[0].dueAt) - Date.parse(items[0].createdAt);
    expect(held).toBe(14 * DAY_MS);
    expect((await kit.as(ada, 'GET', '/api/me/export')).body.credits).toEqual(items);
    const path = `/api/admin/rewards?state=pending&user=${ada.username}`;
    expect((await kit.as(admin, 'GET', path)).body.items).toMatchObject([
      { state: 'pending', credits: 10, dueAt: items[0].dueAt },
    ]);
    expect((await kit.redeem(ada)).body.code).toBe('INSUFFICIENT_CREDITS');
    expect(await events()).toEqual([]);
    await requireHealthy(server.app);

    await endHolds();
    await times(30, () => grantHeldRewards(server.app));
    expect(await creditsOf(ada)).toEqual({ balance: 10, pending: 0, earned: 10 });
    expect(await creditsOf(bob)).toEqual({ balance: 5, pending: 0, earned: 5 });
    expect((await kit.readRewards(ada)).items).toMatchObject([
      { kind: 'reward', amount: 10, state: 'granted', dueAt: null },
    ]);
    expect(await events()).toEqual(['reward.granted']);
    await requireHealthy(server.app);

    expect((await reverse(bob)).status).toBe(200);
    expect(await creditsOf(ada)).toEqual({ balance: 0, pending: 0, earned: 0 });
    expect(await statesOf(ada)).toEqual(['reversed']);
    expect((await events()).toSorted()).toEqual(['reward.granted', 'reward.reversed']);
    await requireHealthy(server.app);
  });

  it('takes its place under the cap when it is made; a reversal cancels it and gives the place back', async () => {
    const ada = await kit.signUp();
    const people = await kit.bring(ada, 31);
    expect((await statesOf(ada)).toSorted()).toEqual(['capped', ...Array(30).fill('pending')]);
    const pending = await server.app.db
      .selectFrom('rewards')
      .select('referral_id')
      .where('user_id', '=', ada.user.id)
      .where('state', '=', 'pending')
      .execute();
    const ids = await Promise.all(people.map((who) => kit.referralIdOf(who)));
    const gone = people[ids.indexOf(pending[0]?.referral_id ?? '')] as SignedUp;
    expect((await reverse(gone)).status).toBe(200);
    expect([await slotsOf(ada), await statesOf(gone)]).toEqual([[{ granted: 29 }], ['cancelled']]);
    expect(await creditsOf(ada)).toEqual({ balance: 0, pending: 290, earned: 0 });
    await kit.bring(ada, 2);
    expect(await creditsOf(ada)).toEqual({ balance: 0, pending: 300, earned: 0 });
    await endHolds();
    await grantHeldRewards(server.app);
    expect(await creditsOf(ada)).toEqual({ balance: 300, pending: 0, earned: 300 });
    expect(await creditsOf(gone)).toEqual({ balance: 0, pending: 0, earned: 0 });
    expect((await kit.readRewards(gone)).items).toEqual([]);
    await requireHealthy(server.app);
  });

  it('is either granted and taken back or cancelled when 30 reversals race the job', async () => {
    const ada = await kit.signUp();
    const people = await crowd(30, 10, () => kit.refer(ada));
    await crowd(30, 10, (index) => kit.verify(people[index] as SignedUp));
    await endHolds();
    const [answers] = await Promise.all([
      times(30, (index) => reverse(people[index] as SignedUp)),
      times(10, () => grantHeldRewards(server.app)),
    ]);
    expect(tally(answers)).toEqual({ 200: 30 });
    for (const state of await statesOf(ada)) expect(['cancelled', 'reversed']).toContain(state);
    for (const who of [ada, ...people]) {
      expect(await kit.readRewards(who)).toMatchObject({ balance: 0, pending: 0 });
    }
    expect(await slotsOf(ada)).toEqual([{ granted: 0 }]);
    await requireHealthy(server.app);
  });

  it('waits while its user is suspended, and is cancelled when a deleted user would get it', async () => {
    const [ada, bob] = [await kit.signUp(), await kit.signUp()];
    const [friend] = (await kit.bring(ada, 1)) as [SignedUp];
    await kit.bring(bob, 1);
    await server.suspendUser(admin, ada);
    expect((await kit.deleteAccount(bob)).status).toBe(204);
    await endHolds();
    await grantHeldRewards(server.app);
    expect([await statesOf(ada), await statesOf(friend)]).toEqual([['pending'], ['granted']]);
    expect([await statesOf(bob), await slotsOf(bob)]).toEqual([['cancelled'], [{ granted: 0 }]]);
    await requireHealthy(server.app);
    await server.restoreUser(admin, ada);
    await grantHeldRewards(server.app);
    expect(await statesOf(ada)).toEqual(['granted']);
    await requireHealthy(server.app);
  });

  it('keeps the hold of its version, and a milestone has none', async () => {
    const ada = await kit.signUp();
    const early = await kit.refer(ada);
    await kit.runCampaign(admin, { holdDays: 3, milestones: [{ referrals: 1, credits: 7 }] });
    const late = await kit.refer(ada);
    await kit.verify(late);
    await kit.verify(early);
    await kit.runScheduledJobs();
    expect(await creditsOf(ada)).toEqual({ balance: 7, pending: 20, earned: 7 });
    const { items } = await kit.readRewards(ada);
    const holdOf = ({ dueAt, createdAt }: { dueAt: string; createdAt: string }) =>
      dueAt && (Date.parse(dueAt) - Date.parse(createdAt)) / DAY_MS;
    expect(items.map(holdOf).toSorted()).toEqual([14, 3, null]);
    await requireHealthy(server.app);
    const pages = [
      await kit.readRewards(ada, '?limit=2'),
      await kit.readRewards(ada, `?limit=2&cursor=${(await kit.readRewards(ada, '?limit=2')).nextCursor}`),
    ];
    expect(pages.flatMap((page) => page.items)).toEqual(items);
  });
});
