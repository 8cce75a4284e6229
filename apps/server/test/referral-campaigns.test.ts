import { generateId } from '@linkgrove/api';
import { qualifyDueReferrals } from '@linkgrove/api/jobs';
import { requireHealthy } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  createReferralKit,
  crowd,
  type SignedUp,
  startTestServer,
  tally,
  TERMS,
  times,
  useReferralKit,
} from './kit/index.ts';

const { server, kit, admin } = useReferralKit();

const PATH = '/api/admin/referral-campaigns';
const draftCampaign = (terms: object = TERMS, name = 'Spring') =>
  kit.as(admin, 'POST', PATH, { name, terms });
const publishVersion = (id: string, terms: object) =>
  kit.as(admin, 'POST', `${PATH}/${id}/versions`, { terms });
const startCampaign = (id: string) => kit.as(admin, 'POST', `${PATH}/${id}/start`);
const listCampaigns = async (query = '') => (await kit.as(admin, 'GET', `${PATH}${query}`)).body;
const listRunning = async () =>
  (await listCampaigns('?limit=100')).items.filter(
    (campaign: { state: string }) => campaign.state === 'running',
  );
const eventsOf = (type: string, campaignId: string) =>
  server.app.db
    .selectFrom('security_events')
    .select('user_id')
    .where('type', '=', type)
    .where(sql`details->>'campaignId'`, '=', campaignId)
    .execute();

describe('a campaign', () => {
  it('runs in a new installation and grants ten credits, five to the referred user, and three milestones', async () => {
    const fresh = await startTestServer();
    try {
      const { signUpAdmin, as } = createReferralKit(fresh);
      const { body } = await as(await signUpAdmin(), 'GET', PATH);
      expect(body).toEqual({
        items: [
          {
            id: expect.any(String),
            name: 'Invite your friends',
            state: 'running',
            version: expect.any(Number),
            terms: TERMS,
            audience: { kind: 'everyone', group: null, users: 0 },
            createdAt: expect.stringMatching(/Z$/),
            startsAt: null,
            endsAt: null,
            startedAt: expect.stringMatching(/Z$/),
            pausedAt: null,
            endedAt: null,
          },
        ],
        nextCursor: null,
      });
    } finally {
      await fresh.close();
    }
  });

  it('is drafted, changed, started in place of the running one, and finally ended', async () => {
    const [before] = await listRunning();
    const terms = { ...TERMS, referrerCredits: 7, cap: 3, capPeriod: 'week', milestones: [] };
    const drafted = await draftCampaign(terms, ' Spring  ');
    expect(drafted).toMatchObject({
      status: 201,
      body: { name: 'Spring', state: 'draft', version: 1, terms, startedAt: null, endedAt: null },
    });
    const { id } = drafted.body;
    expect((await publishVersion(id, { ...terms, referrerCredits: 8 })).body).toMatchObject({
      state: 'draft',
      version: 2,
      terms: { referrerCredits: 8 },
    });
    const versions = async (query: string) =>
      (await kit.as(admin, 'GET', `${PATH}/${id}/versions${query}`)).body;
    const newest = await versions('?limit=1');
    expect(newest.items).toEqual([
      {
        id: expect.any(String),
        version: 2,
        terms: { ...terms, referrerCredits: 8 },
        publishedAt: expect.stringMatching(/Z$/),
      },
    ]);
    expect(await versions(`?limit=1&cursor=${newest.nextCursor}`)).toMatchObject({
      items: [{ version: 1, terms }],
      nextCursor: null,
    });
    expect((await kit.as(admin, 'GET', `${PATH}/${generateId()}/versions`)).body.code).toBe('NOT_FOUND');
    // A draft grants nothing.
    const early = await kit.signUp();
    await kit.bring(early, 1);
    expect((await kit.rewardsOf(early)).map(({ credits }) => credits)).toEqual([10]);

    const started = await startCampaign(id);
    expect(started).toMatchObject({
      status: 200,
      body: { state: 'running', version: 2, startedAt: expect.stringMatching(/Z$/), endedAt: null },
    });
    expect(await listRunning()).toMatchObject([{ id }]);
    const { items } = await listCampaigns('?limit=100');
    const ended = items.find((campaign: { id: string }) => campaign.id === before.id);
    expect(ended).toMatchObject({ state: 'ended', endedAt: expect.stringMatching(/Z$/) });
    const ada = await kit.signUp();
    await kit.bring(ada, 1);
    expect((await kit.rewardsOf(ada)).map(({ credits }) => credits)).toEqual([8]);

    for (const again of [startCampaign(id), startCampaign(before.id), publishVersion(before.id, terms)]) {
      expect((await again).body.code).toBe('CONFLICT');
    }
    for (const type of ['campaign_created', 'campaign_published', 'campaign_started']) {
      expect([type, await eventsOf(type, id)]).toEqual([type, [{ user_id: admin.user.id }]]);
    }
  });

  it('is listed newest first, page by page, with its newest terms', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.unshift((await draftCampaign(TERMS, `Page ${n}`)).body.id);
    await publishVersion(ids[1] as string, { ...TERMS, referrerCredits: 99 });
    const first = await listCampaigns('?limit=2');
    expect(first.items.map((campaign: { id: string }) => campaign.id)).toEqual(ids.slice(0, 2));
    expect(first.items[1]).toMatchObject({ version: 2, terms: { referrerCredits: 99 } });
    const second = await listCampaigns(`?limit=1&cursor=${first.nextCursor}`);
    expect(second.items.map((campaign: { id: string }) => campaign.id)).toEqual(ids.slice(2));
  });

  it('keeps every version unchanged, and 30 parallel versions are numbered without a gap', async () => {
    const { id } = (await draftCampaign()).body;
    const answers = await times(30, (index) => publishVersion(id, { ...TERMS, referrerCredits: index }));
    expect(tally(answers)).toEqual({ 201: 30 });
    const stored = await server.app.db
      .selectFrom('referral_campaign_versions')
      .select(['version', 'referrer_credits'])
      .where('campaign_id', '=', id)
      .orderBy('version')
      .execute();
    expect(stored.map(({ version }) => version)).toEqual(Array.from({ length: 31 }, (_, index) => index + 1));
    expect(stored.map((row) => row.referrer_credits).toSorted((a, b) => a - b)).toEqual(
      [10, ...Array.from({ length: 30 }, (_, index) => index)].toSorted((a, b) => a - b),
    );
  });

  it('is the only running one after 30 are started at once, and every sign-up had one', async () => {
    const ids = await crowd(30, 10, async () => (await draftCampaign()).body.id as string);
    const ada = await kit.signUp();
    const [answers, people] = await Promise.all([
      times(30, (index) => startCampaign(ids[index] as string)),
      times(30, () => kit.refer(ada)),
    ]);
    for (const { status, body } of answers) expect([200, 409]).toContain(status === 200 ? 200 : body.status);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    expect(await listRunning()).toHaveLength(1);
    for (const who of people) expect(await kit.referralOf(who)).toMatchObject({ status: 'pending' });
    await requireHealthy(server.app);
  });

  it.each([
    ['name', { name: '', terms: TERMS }],
    ['name', { name: 'x'.repeat(81), terms: TERMS }],
    ['terms', { name: 'x' }],
    ['terms.attribution', { name: 'x', terms: { ...TERMS, attribution: 'middle' } }],
    ['terms.requiresPage', { name: 'x', terms: { ...TERMS, requiresPage: undefined } }],
    ['terms.minAgeSeconds', { name: 'x', terms: { ...TERMS, minAgeSeconds: -1 } }],
    ['terms.minAgeSeconds', { name: 'x', terms: { ...TERMS, minAgeSeconds: 366 * 86_400 } }],
    ['terms.referrerCredits', { name: 'x', terms: { ...TERMS, referrerCredits: -1 } }],
    ['terms.referrerCredits', { name: 'x', terms: { ...TERMS, referrerCredits: 1.5 } }],
    ['terms.referredCredits', { name: 'x', terms: { ...TERMS, referredCredits: 1_000_001 } }],
    ['terms.cap', { name: 'x', terms: { ...TERMS, cap: 0 } }],
    ['terms.capPeriod', { name: 'x', terms: { ...TERMS, capPeriod: 'year' } }],
    [
      'terms.milestones.0.credits',
      { name: 'x', terms: { ...TERMS, milestones: [{ referrals: 1, credits: 0 }] } },
    ],
    [
      'terms.milestones.0.referrals',
      { name: 'x', terms: { ...TERMS, milestones: [{ referrals: 0, credits: 1 }] } },
    ],
    [
      'terms.milestones',
      {
        name: 'x',
        terms: {
          ...TERMS,
          milestones: [
            { referrals: 1, credits: 1 },
            { referrals: 1, credits: 2 },
          ],
        },
      },
    ],
    ['terms.reviewRisk', { name: 'x', terms: { ...TERMS, reviewRisk: 0 } }],
    ['terms.signalWeights.too_quick', { name: 'x', terms: { ...TERMS, signalWeights: { too_quick: 101 } } }],
    ['terms.signalWeights.surprise', { name: 'x', terms: { ...TERMS, signalWeights: { surprise: 1 } } }],
    ['terms.surprise', { name: 'x', terms: { ...TERMS, surprise: 1 } }],
  ])('is refused with an invalid %s', async (path, body) => {
    const answer = await kit.as(admin, 'POST', PATH, body);
    expect([answer.status, answer.body.errors[0].path]).toEqual([400, path]);
  });

  it('requires an administrator, and an unknown one gets 404', async () => {
    const ada = await kit.signUp();
    const { id } = (await draftCampaign()).body;
    const requests: [string, string, object?][] = [
      ['GET', PATH],
      ['POST', PATH, { name: 'x', terms: TERMS }],
      ['POST', `${PATH}/${id}/versions`, { terms: TERMS }],
      ['POST', `${PATH}/${id}/start`],
    ];
    for (const [method, path, body] of requests) {
      expect((await kit.as(ada, method, path, body)).body.code).toBe('FORBIDDEN');
      expect((await server.call(method, path, { body })).body.code).toBe('UNAUTHENTICATED');
    }
    expect((await publishVersion(generateId(), TERMS)).status).toBe(404);
    expect((await startCampaign(generateId())).status).toBe(404);
  });

  it('is protected by the database: no version changes, no second one runs, none ends before it starts', async () => {
    const { db } = server.app;
    const { id } = (await draftCampaign()).body;
    for (const change of [
      sql`update referral_campaign_versions set cap = 1 where campaign_id = ${id}`,
      sql`delete from referral_campaign_versions where campaign_id = ${id}`,
    ]) {
      await expect(change.execute(db)).rejects.toThrow('cannot be changed');
    }
    await expect(
      sql`update referral_campaigns set started_at = now() where id = ${id}`.execute(db),
    ).rejects.toThrow('referral_campaigns_everyone_key');
    await expect(
      sql`update referral_campaigns set ended_at = now() where id = ${id}`.execute(db),
    ).rejects.toThrow('ends_after_start');
  });
});

describe('the terms at sign-up', () => {
  it('grant credits to both sides, to one, or to none', async () => {
    for (const [referrerCredits, referredCredits] of [
      [3, 4],
      [0, 4],
      [3, 0],
      [0, 0],
    ] as const) {
      await kit.runCampaign(admin, { referrerCredits, referredCredits, milestones: [] });
      const ada = await kit.signUp();
      const [friend] = (await kit.bring(ada, 1)) as [SignedUp];
      expect(await kit.referralOf(friend)).toMatchObject({ status: 'successful' });
      expect([await kit.balanceOf(ada), await kit.balanceOf(friend)]).toEqual([
        referrerCredits,
        referredCredits,
      ]);
    }
    await requireHealthy(server.app);
  });

  it('explain each reward in both ledgers', async () => {
    await kit.runCampaign(admin, { milestones: [{ referrals: 1, credits: 2 }] });
    const ada = await kit.signUp();
    const [friend] = (await kit.bring(ada, 1)) as [SignedUp];
    const referralId = (await kit.referralOf(friend))?.id;
    const entriesOf = async (who: SignedUp) => (await kit.as(who, 'GET', '/api/rewards')).body.items;
    expect(await entriesOf(ada)).toMatchObject([
      { kind: 'reward', amount: 2, role: 'milestone', referralId: null, milestone: 1 },
      { kind: 'reward', amount: 10, role: 'referrer', referralId, milestone: null },
    ]);
    expect(await entriesOf(friend)).toMatchObject([
      { kind: 'reward', amount: 5, role: 'referred', referralId, milestone: null },
    ]);
  });

  it('can require an age: the worker qualifies the referral when the account is old enough and not before', async () => {
    await kit.runCampaign(admin, { minAgeSeconds: 3_600, milestones: [] });
    const ada = await kit.signUp();
    const [verified, unverified] = [await kit.refer(ada), await kit.refer(ada)];
    await kit.verify(verified);
    expect(await kit.referralOf(verified)).toMatchObject({ status: 'pending', due_at: expect.any(Date) });
    await qualifyDueReferrals(server.app);
    expect(await kit.readStats(ada)).toMatchObject({ pending: 2, successful: 0 });

    const age = (who: SignedUp, seconds: number) =>
      sql`update referrals set date_referred = date_referred - make_interval(secs => ${seconds}),
        due_at = due_at - make_interval(secs => ${seconds}) where referred_user_id = ${who.user.id}`.execute(
        server.app.db,
      );
    await age(verified, 3_590);
    await qualifyDueReferrals(server.app);
    expect(await kit.referralOf(verified)).toMatchObject({ status: 'pending' });
    await age(verified, 10);
    await age(unverified, 7_200);
    await times(30, () => qualifyDueReferrals(server.app));
    expect(await kit.referralOf(verified)).toMatchObject({ status: 'successful', due_at: null });
    expect(await kit.readStats(ada)).toMatchObject({ pending: 1, successful: 1, creditsEarned: 10 });
    // The account is old enough already, so only the verification is missing.
    await kit.verify(unverified);
    expect(await kit.readStats(ada)).toMatchObject({ pending: 0, successful: 2, creditsEarned: 20 });
    await kit.runCampaign(admin, {});
  });

  it('grant a milestone that several people reached at once, even after another campaign started', async () => {
    const milestones = [{ referrals: 20, credits: 40 }];
    await kit.runCampaign(admin, { milestones });
    const ada = await kit.signUp();
    const people = await crowd(20, 10, () => kit.refer(ada));
    const tokens = await Promise.all(people.map((who) => kit.mailedToken(who)));
    await kit.runCampaign(admin, { milestones: [] });
    await times(20, (index) => kit.post('/api/verify-email', { token: tokens[index] }));
    await kit.runScheduledJobs();
    const reached = (await kit.rewardsOf(ada)).filter(({ role }) => role === 'milestone');
    expect(reached.map(({ threshold, credits }) => [threshold, credits])).toEqual([[20, 40]]);
    await kit.runCampaign(admin, {});
  });
});
