import { generateId } from '@linkgrove/api';
import { requireHealthy } from '@linkgrove/api/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type SignedUp, tally, times, useReferralKit } from './kit/index.ts';

// Rewards of referrals that were reversed after the credits were spent.

const { server, kit, admin } = useReferralKit();
beforeAll(async () => {
  await kit.runCampaign(admin, { referrerCredits: 100, referredCredits: 7, milestones: [], cap: 3 });
});

const PATH = '/api/admin/rewards';
const decideReward = (id: string, verb: string, reason = 'Checked by a test'): Promise<Answer> =>
  kit.as(admin, 'POST', `${PATH}/${id}/${verb}`, { reason });
const listRewards = async (query = '') => (await kit.as(admin, 'GET', `${PATH}${query}`)).body;
const entryKindsOf = async (who: SignedUp) =>
  (await kit.readRewards(who)).items.map(({ kind }: { kind: string }) => kind);
const placesOf = async ({ user }: SignedUp) =>
  (
    await server.app.db
      .selectFrom('reward_windows')
      .select('granted')
      .where('user_id', '=', user.id)
      .executeTakeFirst()
  )?.granted;

/** A user who spent the credits of `count` referrals, all of which were then reversed; the oldest reward first. */
async function createRewardsInReview(count = 1): Promise<{ ada: SignedUp; ids: string[] }> {
  const ada = await kit.signUp();
  const people = await kit.bring(ada, count);
  for (const _ of people) await kit.redeem(ada);
  for (const friend of people) {
    await kit.decide(admin, await kit.referralIdOf(friend), 'reverse', 'A farm');
  }
  return { ada, ids: (await kit.rewardsOf(ada)).map(({ id }) => id) };
}

describe('the reward review queue', () => {
  it('shows spent rewards that could not be taken back, and their users', async () => {
    const { ada, ids } = await createRewardsInReview();
    const { items } = await listRewards('?limit=100');
    const [stored] = await kit.rewardsOf(ada);
    expect(items.find(({ id }: { id: string }) => id === ids[0])).toEqual({
      id: ids[0],
      state: 'review',
      milestone: null,
      role: 'referrer',
      credits: 100,
      user: { id: ada.user.id, username: ada.username, balance: 0 },
      referralId: stored?.referral_id,
      campaignId: stored?.campaign_id,
      createdAt: expect.stringMatching(/Z$/),
      dueAt: null,
    });
  });

  it('is decided for several at once, and the newest can come first', async () => {
    const { ada, ids } = await createRewardsInReview(3);
    const newest = await listRewards(`?sort=newest&user=${ada.username}`);
    expect(newest.items.map(({ id }: { id: string }) => id)).toEqual(ids.toReversed());
    const unknown = generateId();
    const body = { decision: 'waive', ids: [...ids, unknown], reason: 'Small amounts' };
    const answers = await times(30, () => kit.as(admin, 'POST', `${PATH}/decide`, body));
    expect(answers.reduce((sum, answer) => sum + answer.body.decided, 0)).toBe(3);
    expect(answers[0]?.body.items[3]).toMatchObject({
      id: unknown,
      state: null,
      error: { code: 'NOT_FOUND' },
    });
    expect((await kit.rewardsOf(ada)).map(({ state }) => state)).toEqual(['waived', 'waived', 'waived']);
    await requireHealthy(server.app);
  });

  it('is paged, the oldest first, and can show decided rewards', async () => {
    const { ids } = await createRewardsInReview(3);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await listRewards(`?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor;
    }
    expect(seen.filter((id) => ids.includes(id))).toEqual(ids);
    expect(seen).toEqual(seen.toSorted());
    await decideReward(ids[0] as string, 'waive');
    const { items } = await listRewards('?state=waived&limit=100');
    const waived = new Set(items.map(({ id }: { id: string }) => id));
    expect(ids.filter((id) => waived.has(id))).toEqual([ids[0]]);
    expect((await listRewards('?state=lost')).errors[0].path).toBe('state');
  });
});

describe('a decision on a reward', () => {
  it('to take it back fails until the credits are there, and then frees its place under the cap', async () => {
    const { ada, ids } = await createRewardsInReview();
    const [id] = ids as [string];
    const refused = await decideReward(id, 'reverse');
    expect([refused.status, refused.body.code]).toEqual([422, 'INSUFFICIENT_CREDITS']);
    expect(await entryKindsOf(ada)).toEqual(['redemption', 'reward']);
    expect((await kit.rewardsOf(ada))[0]?.state).toBe('review');
    await kit.bring(ada, 1);
    expect([await kit.balanceOf(ada), await placesOf(ada)]).toEqual([100, 2]);
    expect((await decideReward(id, 'reverse')).body).toMatchObject({
      state: 'reversed',
      user: { balance: 0 },
    });
    expect(await entryKindsOf(ada)).toEqual(['reversal', 'reward', 'redemption', 'reward']);
    expect([await kit.balanceOf(ada), await placesOf(ada)]).toEqual([0, 1]);
    await requireHealthy(server.app);
  });

  it('is preceded by a hold: later credits cannot be spent around it', async () => {
    const { ada, ids } = await createRewardsInReview();
    await kit.bring(ada, 1);
    expect(await kit.readRewards(ada)).toMatchObject({ balance: 100, held: 100 });
    const refused = await times(30, () => kit.redeem(ada));
    expect(tally(refused)).toEqual({ '422 INSUFFICIENT_CREDITS': 30 });
    await kit.bring(ada, 1);
    const [spent, reversed] = await Promise.all([
      times(15, () => kit.redeem(ada)),
      times(15, () => decideReward(ids[0] as string, 'reverse')),
    ]);
    expect(reversed.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(spent.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await kit.readRewards(ada)).toMatchObject({ balance: 0, held: 0 });
    await requireHealthy(server.app);
  });

  it('to waive it changes no number, keeps its place under the cap and is final', async () => {
    const { ada, ids } = await createRewardsInReview();
    const [id] = ids as [string];
    expect((await decideReward(id, 'waive')).body).toMatchObject({
      id,
      state: 'waived',
      user: { balance: 0 },
    });
    expect([await entryKindsOf(ada), await placesOf(ada)]).toEqual([['redemption', 'reward'], 1]);
    await kit.bring(ada, 1);
    for (const verb of ['waive', 'reverse'])
      expect((await decideReward(id, verb)).body.code).toBe('CONFLICT');
    expect(await kit.balanceOf(ada)).toBe(100);
    await requireHealthy(server.app);
  });

  it('takes a milestone back, once and for all until it is given back', async () => {
    const [{ id: campaignId }] = (await kit.as(admin, 'GET', '/api/admin/referral-campaigns')).body.items;
    const publish = (milestones: object[]) =>
      kit.as(admin, 'POST', `/api/admin/referral-campaigns/${campaignId}/versions`, {
        terms: { milestones },
      });
    await publish([{ referrals: 2, credits: 40 }]);
    const ada = await kit.signUp();
    await kit.bring(ada, 2);
    const milestone = async () => (await kit.rewardsOf(ada)).find(({ role }) => role === 'milestone');
    const id = (await milestone())?.id ?? '';
    expect((await decideReward(id, 'restore')).status).toBe(409);
    const answers = await times(30, () => decideReward(id, 'reverse'));
    expect(tally(answers)).toEqual({ 200: 1, '409 CONFLICT': 29 });
    expect(await kit.balanceOf(ada)).toBe(200);
    await kit.bring(ada, 1);
    expect([(await milestone())?.state, await kit.balanceOf(ada)]).toEqual(['reversed', 300]);
    for (let n = 0; n < 3; n++) await kit.redeem(ada);
    expect((await decideReward(id, 'restore')).body).toMatchObject({ state: 'granted', milestone: 2 });
    expect(await kit.balanceOf(ada)).toBe(40);
    // Spent credits cannot be taken, so that the milestone goes to review.
    await kit.as(admin, 'POST', '/api/admin/credits', { user: ada.username, amount: 60, reason: 'A test' });
    await kit.redeem(ada);
    expect((await decideReward(id, 'reverse')).body.state).toBe('review');
    expect((await decideReward(id, 'waive')).body.state).toBe('waived');
    await requireHealthy(server.app);
    await publish([]);
  });

  it('is refused for a reward that was never in review, and for an unknown one', async () => {
    const ada = await kit.signUp();
    await kit.bring(ada, 1);
    const [granted] = await kit.rewardsOf(ada);
    for (const verb of ['waive', 'reverse']) {
      expect((await decideReward(granted?.id ?? '', verb)).body.code).toBe('CONFLICT');
      expect((await decideReward(generateId(), verb)).body.code).toBe('NOT_FOUND');
      expect((await decideReward(granted?.id ?? '', verb, ' ')).body.errors[0].path).toBe('reason');
    }
    expect(await kit.balanceOf(ada)).toBe(100);
  });

  it('is recorded with the administrator, the user, the reward and the reason', async () => {
    const { ada, ids } = await createRewardsInReview(2);
    const [first, second] = ids as [string, string];
    await kit.bring(ada, 1);
    await decideReward(first, 'reverse', 'Paid for by the next one');
    await decideReward(second, 'waive', 'Water under the bridge');
    const rows = await server.app.db
      .selectFrom('security_events')
      .select(['type', 'actor_id', 'details'])
      .where('user_id', '=', ada.user.id)
      .where('type', 'in', ['reward_reversed', 'reward_waived'])
      .orderBy('id')
      .execute();
    const actor_id = admin.user.id;
    expect(rows).toEqual([
      { type: 'reward_reversed', actor_id, details: { rewardId: first, reason: 'Paid for by the next one' } },
      { type: 'reward_waived', actor_id, details: { rewardId: second, reason: 'Water under the bridge' } },
    ]);
  });

  it('is made once when 30 race for it', async () => {
    const { ada, ids } = await createRewardsInReview();
    const [id] = ids as [string];
    await kit.bring(ada, 1);
    const answers = await times(30, (index) => decideReward(id, index % 2 ? 'waive' : 'reverse'));
    expect(tally(answers)).toEqual({ 200: 1, '409 CONFLICT': 29 });
    const { balance, items } = await kit.readRewards(ada);
    const isReversed = (await kit.rewardsOf(ada))[0]?.state === 'reversed';
    expect([balance, items.length]).toEqual(isReversed ? [0, 4] : [100, 3]);
    await requireHealthy(server.app);
  });

  it('takes back one of two rewards when only one can be paid for', async () => {
    const { ada, ids } = await createRewardsInReview(2);
    await kit.bring(ada, 1);
    const answers = await times(30, (index) => decideReward(ids[index % 2] as string, 'reverse'));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await kit.rewardsOf(ada)).map(({ state }) => state).toSorted()).toEqual([
      'granted',
      'reversed',
      'review',
    ]);
    expect(await kit.balanceOf(ada)).toBe(0);
    await requireHealthy(server.app);
  });
});
