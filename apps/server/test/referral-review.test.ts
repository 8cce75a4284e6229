import { generateId } from '@linkgrove/api';
import { requireHealthy } from '@linkgrove/api/testing';
import { describe, expect, it } from 'vitest';
import {
  type Answer,
  BEHIND_PROXY,
  clientFrom,
  deviceOf,
  range,
  type SignedUp,
  tally,
  TERMS,
  times,
  useReferralKit,
} from './kit/index.ts';

const { server, kit, admin } = useReferralKit({ env: BEHIND_PROXY });

const PATH = '/api/admin/referrals';
const decide = (id: string, verb: string, reason?: string) => kit.decide(admin, id, verb, reason);

/** A user whose referral goes into review, because they sign up on another user's device. */
async function signUpSuspicious(referrer: SignedUp, headers: Record<string, string> = {}): Promise<SignedUp> {
  const other = await kit.signUp();
  return kit.refer(referrer, {}, { cookie: deviceOf(other), headers });
}

describe('the review queue', () => {
  it('shows a referral’s signals, origin and terms', async () => {
    const ada = await kit.signUp({}, { headers: clientFrom('8.9.1.1') });
    const friend = await signUpSuspicious(ada, clientFrom('8.9.1.1'));
    const id = await kit.referralIdOf(friend);
    const { items } = (await kit.as(admin, 'GET', `${PATH}?limit=100`)).body;
    expect(items.find((row: { id: string }) => row.id === id)).toEqual({
      id,
      status: 'review',
      reason: null,
      risk: 80,
      signals: expect.toSatisfy((all: string[]) => all.toSorted().join() === 'known_device,same_network'),
      dateReferred: expect.stringMatching(/Z$/),
      qualifiedAt: null,
      referrer: { id: ada.user.id, username: ada.username },
      referred: { id: friend.user.id, username: friend.username },
      link: { code: kit.codeOf(ada), label: null },
      campaign: { id: expect.any(String), version: expect.any(Number) },
      history: [],
    });
  });

  it('is paged, the longest waiting first, and can show another status', async () => {
    const ada = await kit.signUp();
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.push(await kit.referralIdOf(await signUpSuspicious(ada)));
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body }: Answer = await kit.as(admin, 'GET', `${PATH}?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.items.map((row: { id: string }) => row.id));
      cursor = body.nextCursor;
    }
    expect(seen.filter((id) => ids.includes(id))).toEqual(ids);
    expect(seen).toEqual(seen.toSorted());
    await decide(ids[0] ?? '', 'reject');
    const rejected = (await kit.as(admin, 'GET', `${PATH}?status=rejected&limit=100`)).body.items;
    expect(rejected.map((row: { id: string }) => row.id)).toContain(ids[0]);
    expect((await kit.as(admin, 'GET', `${PATH}?status=paid`)).body.errors[0].path).toBe('status');
  });

  it('is sorted by age or by risk, page by page', async () => {
    const ada = await kit.signUp({}, { headers: clientFrom('8.9.7.1') });
    const low = await kit.referralIdOf(await signUpSuspicious(ada));
    const high = await kit.referralIdOf(await signUpSuspicious(ada, clientFrom('8.9.7.1')));
    const last = await kit.referralIdOf(await signUpSuspicious(ada));
    for (const [sort, expected] of [
      ['oldest', [low, high, last]],
      ['newest', [last, high, low]],
      ['risk', [high, last, low]],
    ] as const) {
      const seen: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const query = `sort=${sort}&referrer=${ada.username}&limit=1${cursor && `&cursor=${cursor}`}`;
        const { body }: Answer = await kit.as(admin, 'GET', `${PATH}?${query}`);
        seen.push(...body.items.map((row: { id: string }) => row.id));
        cursor = body.nextCursor;
      }
      expect([sort, seen]).toEqual([sort, expected]);
    }
  });

  it('follows the weights and the threshold of the version', async () => {
    await kit.runCampaign(admin, { signalWeights: { known_device: 0, same_network: 70 }, reviewRisk: 71 });
    const ada = await kit.signUp({}, { headers: clientFrom('8.9.8.1') });
    const both = await signUpSuspicious(ada, clientFrom('8.9.8.1'));
    expect(await kit.referralOf(both)).toMatchObject({ status: 'pending', risk: 70 });
    await kit.runCampaign(admin, { signalWeights: { same_network: 71 }, reviewRisk: 71 });
    const same = await kit.refer(ada, {}, { headers: clientFrom('8.9.8.1') });
    expect(await kit.referralOf(same)).toMatchObject({ status: 'review', risk: 71 });
    const { items } = (await kit.as(admin, 'GET', '/api/admin/referral-campaigns?limit=1')).body;
    expect(items[0].terms).toMatchObject({
      reviewRisk: 71,
      signalWeights: { ...TERMS.signalWeights, same_network: 71 },
    });
    await kit.runCampaign(admin, {});
  });

  it('is decided for several at once, each by itself and once by 30 at the same time', async () => {
    const ada = await kit.signUp();
    const [first, second] = [await signUpSuspicious(ada), await signUpSuspicious(ada)];
    const done = await kit.referralIdOf(await kit.refer(ada));
    const ids = [await kit.referralIdOf(first), done, generateId(), await kit.referralIdOf(second)];
    const decideAll = (members: object = {}) =>
      kit.as(admin, 'POST', `${PATH}/decide`, {
        decision: 'approve',
        ids,
        reason: 'Known people',
        ...members,
      });
    const answers = await times(30, () => decideAll());
    const decided = answers.flatMap(({ body }) =>
      body.items.filter(({ error }: { error: object | null }) => error === null),
    );
    expect(new Set(decided.map(({ id }) => id))).toEqual(new Set([ids[0], ids[3]]));
    expect(answers.reduce((sum, { body }) => sum + body.decided, 0)).toBe(2);
    for (const { status, body } of answers) {
      expect([status, body.items.map(({ id }: { id: string }) => id)]).toEqual([200, ids]);
      expect(body.items.map(({ error }: { error: { code: string } | null }) => error?.code)).toMatchObject({
        1: 'CONFLICT',
        2: 'NOT_FOUND',
      });
    }
    expect(await kit.historyOf(ids[0] ?? '')).toMatchObject([
      { reason: 'Known people', actor_id: admin.user.id },
    ]);
    expect(
      (await decideAll({ decision: 'reject' })).body.items.map(
        (one: { status: string | null }) => one.status,
      ),
    ).toEqual(['rejected', 'rejected', null, 'rejected']);
    for (const [path, members] of [
      ['ids', { ids: [] }],
      ['ids', { ids: [done, done] }],
      ['decision', { decision: 'delete' }],
    ] as const)
      expect((await decideAll(members)).body.errors[0].path).toBe(path);
    await requireHealthy(server.app);
  });

  it('requires an administrator; the referrer sees only the status', async () => {
    const ada = await kit.signUp();
    const friend = await signUpSuspicious(ada);
    const id = await kit.referralIdOf(friend);
    for (const verb of ['approve', 'reject', 'reverse']) {
      const path = `${PATH}/${id}/${verb}`;
      const body = { reason: 'Mine' };
      expect((await kit.as(ada, 'POST', path, body)).body.code).toBe('FORBIDDEN');
      expect((await server.call('POST', path, { body })).body.code).toBe('UNAUTHENTICATED');
      expect((await kit.as(admin, 'POST', path, {})).body.errors[0].path).toBe('reason');
      expect((await kit.as(admin, 'POST', path, { reason: ' ' })).body.errors[0].path).toBe('reason');
      expect((await decide(generateId(), verb)).status).toBe(404);
    }
    expect((await kit.as(ada, 'GET', PATH)).body.code).toBe('FORBIDDEN');
    const [shown] = (await kit.as(ada, 'GET', '/api/referrals')).body.items;
    expect(Object.keys(shown).toSorted()).toEqual(
      [
        'dateReferred',
        'id',
        'link',
        'page',
        'qualifiedAt',
        'reward',
        'source',
        'status',
        'username',
      ].toSorted(),
    );
    expect(shown.status).toBe('review');
  });
});

describe('a review decision', () => {
  it('to approve makes a referral successful at once if its terms are met, otherwise when they are', async () => {
    const ada = await kit.signUp();
    const [verified, unverified] = [await signUpSuspicious(ada), await signUpSuspicious(ada)];
    await kit.verify(verified);
    expect(await kit.readStats(ada)).toMatchObject({ review: 2, successful: 0, creditsEarned: 0 });

    const first = await decide(await kit.referralIdOf(verified), 'approve', 'Two sisters');
    expect(first).toMatchObject({
      status: 200,
      body: {
        status: 'successful',
        reason: null,
        qualifiedAt: expect.stringMatching(/Z$/),
        history: [
          { from: 'review', to: 'pending', reason: 'Two sisters', actor: admin.username },
          { from: 'pending', to: 'successful', reason: null, actor: null },
        ],
      },
    });
    expect((await decide(await kit.referralIdOf(unverified), 'approve')).body.status).toBe('pending');
    expect(await kit.readStats(ada)).toMatchObject({
      review: 0,
      pending: 1,
      successful: 1,
      creditsEarned: 10,
    });
    await kit.verify(unverified);
    expect(await kit.readStats(ada)).toMatchObject({ pending: 0, successful: 2, creditsEarned: 20 });
    await requireHealthy(server.app);
  });

  it('to reject is stored with its reason, is final and grants nothing', async () => {
    const ada = await kit.signUp();
    const [inReview, pending] = [await signUpSuspicious(ada), await kit.refer(ada)];
    for (const who of [inReview, pending]) {
      const id = await kit.referralIdOf(who);
      expect((await decide(id, 'reject', 'A farm')).body).toMatchObject({
        status: 'rejected',
        reason: 'A farm',
        history: [{ to: 'rejected', reason: 'A farm', actor: admin.username }],
      });
      await kit.verify(who);
      for (const verb of ['approve', 'reject', 'reverse', 'restore']) {
        expect((await decide(id, verb)).body.code).toBe('CONFLICT');
      }
    }
    expect(await kit.readStats(ada)).toMatchObject({
      signups: 2,
      rejected: 2,
      successful: 0,
      creditsEarned: 0,
    });
    expect(await kit.balanceOf(inReview)).toBe(0);
    await requireHealthy(server.app);
  });

  it('is visible to the referrer at the next read', async () => {
    const ada = await kit.signUp();
    const friend = await signUpSuspicious(ada);
    await kit.verify(friend);
    for (const [verb, counts] of [
      ['approve', { review: 0, successful: 1, creditsEarned: 10 }],
      ['reverse', { successful: 0, rejected: 1, creditsEarned: 0 }],
    ] as const) {
      await kit.readStats(ada);
      await decide(await kit.referralIdOf(friend), verb);
      expect(await kit.readStats(ada)).toMatchObject(counts);
    }
  });

  it('is recorded with the administrator, the referrer, the referral and the reason', async () => {
    const ada = await kit.signUp();
    const [approved, rejected, reversed] = [
      await signUpSuspicious(ada),
      await signUpSuspicious(ada),
      await kit.refer(ada),
    ];
    await kit.verify(reversed);
    const taken = [
      ['referral_approved', await kit.referralIdOf(approved), 'approve'],
      ['referral_rejected', await kit.referralIdOf(rejected), 'reject'],
      ['referral_reversed', await kit.referralIdOf(reversed), 'reverse'],
    ] as const;
    for (const [, id, verb] of taken) await decide(id, verb, `Because ${verb}`);
    const rows = await server.app.db
      .selectFrom('security_events')
      .select(['type', 'actor_id', 'details', 'ip'])
      .where('user_id', '=', ada.user.id)
      .where('actor_id', 'is not', null)
      .orderBy('id')
      .execute();
    expect(rows).toEqual(
      taken.map(([type, referralId, verb]) => ({
        type,
        actor_id: admin.user.id,
        details: { referralId, reason: `Because ${verb}`, ...(verb === 'reverse' && { cause: 'other' }) },
        ip: '127.0.0.1',
      })),
    );
    // The referrer sees that it happened, but not the reason.
    const seen = await kit.as(ada, 'GET', '/api/me/security-events');
    expect(seen.body.items.slice(0, 3)).toMatchObject([
      { type: 'referral_reversed', byAdmin: true },
      { type: 'referral_rejected', byAdmin: true },
      { type: 'referral_approved', byAdmin: true },
    ]);
    expect(JSON.stringify(seen.body)).not.toContain('Because');
  });

  it('stays in a history that cannot be changed', async () => {
    const ada = await kit.signUp();
    const id = await kit.referralIdOf(await signUpSuspicious(ada));
    await decide(id, 'reject');
    const { db } = server.app;
    await expect(
      db.updateTable('referral_events').set({ reason: 'Another' }).where('referral_id', '=', id).execute(),
    ).rejects.toThrow('cannot be changed');
    await expect(db.deleteFrom('referral_events').where('referral_id', '=', id).execute()).rejects.toThrow(
      'cannot be changed',
    );
    const illegal = { referral_id: id, from_status: 'rejected', to_status: 'pending' };
    await expect(db.insertInto('referral_events').values(illegal).execute()).rejects.toThrow(
      'referral_events_legal',
    );
  });

  it('is made once when 30 approvals and rejections race', async () => {
    const ada = await kit.signUp();
    const friend = await signUpSuspicious(ada);
    await kit.verify(friend);
    const id = await kit.referralIdOf(friend);
    const answers = await times(30, (index) => decide(id, index % 2 ? 'approve' : 'reject'));
    // An approved referral is successful at once, so there is nothing left to reject.
    expect(tally(answers)).toEqual({ 200: 1, '409 CONFLICT': 29 });
    const { successful, rejected, review } = await kit.readStats(ada);
    expect([successful + rejected, review]).toEqual([1, 0]);
    await requireHealthy(server.app);
  });
});

describe('reversing a referral', () => {
  it('takes back the credits of both sides and shows it in the ledger', async () => {
    const ada = await kit.signUp();
    const [friend] = (await kit.bring(ada, 1)) as [SignedUp];
    const id = await kit.referralIdOf(friend);
    expect([await kit.balanceOf(ada), await kit.balanceOf(friend)]).toEqual([10, 5]);
    expect((await decide(id, 'reverse', 'It was their cat')).body).toMatchObject({
      status: 'rejected',
      reason: 'It was their cat',
      qualifiedAt: null,
      history: [{ to: 'successful' }, { from: 'successful', to: 'rejected', reason: 'It was their cat' }],
    });
    expect([await kit.balanceOf(ada), await kit.balanceOf(friend)]).toEqual([0, 0]);
    const { items } = await kit.readRewards(ada);
    expect(items).toMatchObject([
      { kind: 'reversal', amount: -10, role: 'referrer', referralId: id, item: null },
      { kind: 'reward', amount: 10, role: 'referrer', referralId: id },
    ]);
    expect(await kit.readStats(ada)).toMatchObject({
      creditsEarned: 0,
      creditsBalance: 0,
      conversionRate: 0,
    });
    await requireHealthy(server.app);
  });

  it('whose credits were spent keeps the balance and the premium time, and puts the reward into review', async () => {
    await kit.runCampaign(admin, { referrerCredits: 60, referredCredits: 100, milestones: [] });
    const ada = await kit.signUp();
    const [first] = (await kit.bring(ada, 1)) as [SignedUp];
    const [second] = (await kit.bring(ada, 1)) as [SignedUp];
    const redeemed = await kit.redeem(ada);
    expect(redeemed.body).toMatchObject({ balance: 20 });
    expect((await kit.redeem(first)).body).toMatchObject({ balance: 0 });
    await decide(await kit.referralIdOf(first), 'reverse');
    // The sixty credits are spent; none of the remaining twenty is taken.
    expect([await kit.balanceOf(ada), await kit.balanceOf(first)]).toEqual([20, 0]);
    expect(await kit.rewardsOf(ada)).toMatchObject([{ state: 'review' }, { state: 'granted' }]);
    expect(await kit.rewardsOf(first)).toMatchObject([{ state: 'review' }]);
    await decide(await kit.referralIdOf(second), 'reverse');
    expect([await kit.balanceOf(ada), await kit.balanceOf(second)]).toEqual([20, 0]);
    expect(await kit.rewardsOf(second)).toMatchObject([{ state: 'reversed' }]);
    const { preferences: _, ...exported } = (await kit.as(ada, 'GET', '/api/me/export')).body;
    expect(exported.premiumUntil).toBe(redeemed.body.premiumUntil);
    await kit.runCampaign(admin, {});
    await requireHealthy(server.app);
  });

  it('can be undone: the success, the credits and the place under the cap are as before', async () => {
    await kit.runCampaign(admin, { cap: 1, capPeriod: 'month', milestones: [] });
    const ada = await kit.signUp();
    const [friend, other] = [await kit.refer(ada), await kit.refer(ada)];
    await kit.verify(friend);
    const before = await kit.referralOf(friend);
    const id = before?.id ?? '';
    const reverse = { reason: 'A mistake', cause: 'fraud' };
    await kit.as(admin, 'POST', `/api/admin/referrals/${id}/reverse`, reverse);
    await kit.verify(other);
    const answers = await times(30, () => decide(id, 'restore', 'It was none'));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...range(29).map(() => 409),
    ]);
    expect(await kit.referralOf(friend)).toMatchObject({
      status: 'successful',
      reason: null,
      qualified_at: before?.qualified_at,
    });
    expect(answers.find(({ status }) => status === 200)?.body.history).toMatchObject([
      { to: 'successful', cause: null },
      { to: 'rejected', reason: 'A mistake', cause: 'fraud' },
      { from: 'rejected', to: 'successful', reason: 'It was none', actor: admin.username, cause: null },
    ]);
    // The other one got the place in the meantime and keeps it.
    expect((await kit.rewardsOf(ada)).map(({ state }) => state)).toEqual(['granted', 'granted']);
    expect([await kit.balanceOf(ada), await kit.balanceOf(friend)]).toEqual([20, 5]);
    await kit.bring(ada, 1);
    expect((await kit.rewardsOf(ada)).at(-1)?.state).toBe('capped');
    await requireHealthy(server.app);
    // And reversed again.
    await decide(id, 'reverse');
    expect([await kit.balanceOf(ada), await kit.balanceOf(friend)]).toEqual([10, 0]);
    await kit.runScheduledJobs();
    await requireHealthy(server.app);
    await kit.runCampaign(admin, {});
  });

  it('that is undone reaches a milestone like a success', async () => {
    await kit.runCampaign(admin, { milestones: [{ referrals: 2, credits: 25 }] });
    const ada = await kit.signUp();
    const [friend] = (await kit.bring(ada, 1)) as [SignedUp];
    const id = await kit.referralIdOf(friend);
    await decide(id, 'reverse');
    await kit.bring(ada, 1);
    expect(await kit.balanceOf(ada)).toBe(10);
    expect((await decide(id, 'restore')).status).toBe(200);
    expect(await kit.balanceOf(ada)).toBe(45);
    await decide(id, 'reverse');
    await decide(id, 'restore');
    expect(await kit.balanceOf(ada)).toBe(45);
    await kit.runScheduledJobs();
    await requireHealthy(server.app);
    await kit.runCampaign(admin, {});
  });

  it('of several at once keeps the cause', async () => {
    const ada = await kit.signUp();
    const people = await kit.bring(ada, 2);
    const ids = await Promise.all(people.map((who) => kit.referralIdOf(who)));
    const all = { ids, reason: 'Bought accounts', cause: 'fraud' };
    const decideAll = (decision: string) => kit.as(admin, 'POST', `${PATH}/decide`, { ...all, decision });
    expect((await decideAll('approve')).body.errors[0].path).toBe('cause');
    expect((await decideAll('reverse')).body.decided).toBe(2);
    const path = `${PATH}?status=rejected&referrer=${ada.username}`;
    const { items } = (await kit.as(admin, 'GET', path)).body;
    expect(items).toMatchObject([0, 1].map(() => ({ history: [{}, { cause: 'fraud' }] })));
  });

  it('while redeeming the same credits never overdraws, and one of the two gets them', async () => {
    await kit.runCampaign(admin, { referrerCredits: 100, referredCredits: 0, milestones: [] });
    for (let round = 0; round < 5; round++) {
      const ada = await kit.signUp();
      const [friend] = (await kit.bring(ada, 1)) as [SignedUp];
      const id = await kit.referralIdOf(friend);
      const [spent, reversed] = await Promise.all([
        times(15, () => kit.redeem(ada)),
        times(15, () => decide(id, 'reverse')),
      ]);
      expect(tally(reversed)).toEqual({ 200: 1, '409 CONFLICT': 14 });
      const [reward] = await kit.rewardsOf(ada);
      const wasSpent = spent.some(({ status }) => status === 200);
      expect([reward?.state, await kit.balanceOf(ada)]).toEqual([wasSpent ? 'review' : 'reversed', 0]);
      for (const { status } of spent) expect([200, 422]).toContain(status);
    }
    await kit.runCampaign(admin, {});
    await requireHealthy(server.app);
  });
});
