import { generateId } from '@linkgrove/api';
import { runCampaignSchedule } from '@linkgrove/api/jobs';
import { requireHealthy } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import { BROWSER, type SignedUp, TERMS, times, useReferralKit } from './kit/index.ts';

const { server, kit, admin } = useReferralKit();

const PATH = '/api/admin/referral-campaigns';
const change = (id: string, verb: string, body: object = {}) =>
  kit.as(admin, 'POST', `${PATH}/${id}/${verb}`, body);
const update = (id: string, body: object) => kit.as(admin, 'PATCH', `${PATH}/${id}`, body);
const read = async (id: string) => (await kit.as(admin, 'GET', `${PATH}/${id}`)).body;
/** With `credits` for the referrer, so that a reward tells which campaign applied. */
async function draft(credits: number, audience: object = { kind: 'everyone' }, terms = {}): Promise<string> {
  const body = { name: 'Test', audience, terms: { ...TERMS, referrerCredits: credits, ...terms } };
  const { status, body: campaign } = await kit.as(admin, 'POST', PATH, body);
  if (status !== 201) throw new Error(JSON.stringify(campaign));
  return campaign.id;
}
async function run(...draftOf: Parameters<typeof draft>): Promise<string> {
  const id = await draft(...draftOf);
  expect((await change(id, 'start')).status).toBe(200);
  return id;
}
/** What a referrer earns for a sign-up now. */
async function earnsNow(referrer: SignedUp): Promise<number> {
  const before = await kit.balanceOf(referrer);
  await kit.bring(referrer, 1);
  return (await kit.balanceOf(referrer)) - before;
}
const moveTimes = (id: string, by: string) =>
  sql`update referral_campaigns set starts_at = starts_at + ${by}::interval, ends_at = ends_at + ${by}::interval
    where id = ${id}`.execute(server.app.db);
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

const readOffer = async (query = '', headers: Record<string, string> = {}) => {
  server.app.cache('campaigns').invalidate('running');
  return server.call('GET', `/api/campaigns/current${query}`, { headers });
};

describe('a campaign', () => {
  it('is paused, resumed and ended; meanwhile referrals are recorded and pay nothing', async () => {
    const id = await run(7, undefined, { milestones: [] });
    const ada = await kit.signUp();
    expect(await earnsNow(ada)).toBe(7);
    expect((await change(id, 'pause')).body).toMatchObject({
      state: 'paused',
      pausedAt: expect.any(String),
    });
    expect(await earnsNow(ada)).toBe(0);
    expect((await readOffer()).status).toBe(404);
    expect((await readOffer(`?code=${kit.codeOf(ada)}`)).status).toBe(404);
    expect((await server.get(`/api/referral-codes/${kit.codeOf(ada)}`)).body.campaign).toBeNull();
    expect((await change(id, 'resume')).body).toMatchObject({ state: 'running', pausedAt: null });
    expect(await earnsNow(ada)).toBe(7);
    expect((await change(id, 'end')).body).toMatchObject({ state: 'ended', endedAt: expect.any(String) });
    expect(await earnsNow(ada)).toBe(0);
    expect(await kit.readStats(ada)).toMatchObject({ signups: 4, successful: 4, creditsEarned: 14 });
    for (const verb of ['start', 'pause', 'resume', 'end', 'schedule'])
      expect([verb, (await change(id, verb)).body.code]).toEqual([verb, 'CONFLICT']);
    await requireHealthy(server.app);
  });

  it('is renamed at any time, and changes whom it is for until it starts', async () => {
    const ada = await kit.signUp();
    const id = await draft(3);
    expect((await update(id, { name: ' New  name ' })).body).toMatchObject({ name: 'New  name' });
    const named = { kind: 'users', users: [ada.email] };
    expect((await update(id, { audience: named })).body.audience).toEqual({
      kind: 'users',
      group: null,
      users: 1,
    });
    await change(id, 'start');
    const bob = await kit.signUp();
    expect((await update(id, { audience: { kind: 'everyone' } })).body.code).toBe('CONFLICT');
    expect((await update(id, { audience: { kind: 'users', users: [bob.username] } })).status).toBe(200);
    const { items } = (await kit.as(admin, 'GET', `${PATH}/${id}/users`)).body;
    expect(items).toEqual([{ id: bob.user.id, username: bob.username }]);
    await change(id, 'end');
    expect((await update(id, { name: 'Old' })).body).toMatchObject({ name: 'Old', state: 'ended' });
    expect((await update(id, { audience: named })).body.code).toBe('CONFLICT');
  });

  it('starts and ends by the clock, once, and in place of the one that runs for everyone', async () => {
    const before = await run(1);
    const id = await draft(2);
    const scheduled = await change(id, 'schedule', { startsAt: inDays(2), endsAt: inDays(4) });
    expect(scheduled.body).toMatchObject({ state: 'scheduled', startedAt: null });
    await runCampaignSchedule(server.app);
    expect(await read(id)).toMatchObject({ state: 'scheduled' });
    await moveTimes(id, '-3 days');
    await times(30, () => runCampaignSchedule(server.app));
    expect([await read(before), await read(id)]).toMatchObject([{ state: 'ended' }, { state: 'running' }]);
    const ada = await kit.signUp();
    expect(await earnsNow(ada)).toBe(2);
    await moveTimes(id, '-2 days');
    // The job is late, but no sign-up gets the terms any more.
    expect(await earnsNow(ada)).toBe(0);
    await runCampaignSchedule(server.app);
    expect(await read(id)).toMatchObject({ state: 'ended', endedAt: (await read(id)).endsAt });
    const events = await server.app.db
      .selectFrom('security_events')
      .select('type')
      .where(sql`details->>'campaignId'`, '=', id)
      .orderBy('id')
      .execute();
    expect(events.map(({ type }) => type)).toEqual([
      'campaign_created',
      'campaign_scheduled',
      'campaign_started',
      'campaign_ended',
    ]);
  });

  it('that was planned for a time when no worker ran never replaces another', async () => {
    const running = await run(1);
    const id = await draft(2);
    await change(id, 'schedule', { startsAt: inDays(1), endsAt: inDays(2) });
    await moveTimes(id, '-3 days');
    await runCampaignSchedule(server.app);
    expect([await read(running), await read(id)]).toMatchObject([{ state: 'running' }, { state: 'ended' }]);
  });

  it('is planned only sensibly', async () => {
    const id = await draft(2);
    for (const [path, body] of [
      ['startsAt', { startsAt: inDays(-1) }],
      ['endsAt', { endsAt: inDays(-1) }],
      ['endsAt', { startsAt: inDays(2), endsAt: inDays(1) }],
    ] as const) {
      const { body: problem } = await change(id, 'schedule', body);
      expect([problem.code, problem.errors?.[0].path]).toEqual(['VALIDATION_FAILED', path]);
    }
    expect((await change(id, 'schedule', { startsAt: inDays(1) })).body.state).toBe('scheduled');
    expect((await change(id, 'schedule', { startsAt: null })).body.state).toBe('draft');
    await change(id, 'start');
    expect((await change(id, 'schedule', { startsAt: inDays(1) })).body.code).toBe('CONFLICT');
    expect((await change(id, 'schedule', { endsAt: inDays(1) })).body.state).toBe('running');
    const early = await draft(2);
    await change(early, 'schedule', { startsAt: inDays(5) });
    expect((await change(early, 'start')).body).toMatchObject({ state: 'running', startsAt: null });
    expect((await change(early, 'schedule', { endsAt: inDays(2) })).status).toBe(200);
    expect((await change(generateId(), 'pause')).body.code).toBe('NOT_FOUND');
  });

  it('is paused, resumed and ended once by 30 at once', async () => {
    const id = await run(1);
    for (const verb of ['pause', 'resume', 'end']) {
      const answers = await times(30, () => change(id, verb));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(29);
    }
  });
});

describe('of several campaigns', () => {
  beforeEach(() => run(1, undefined, { milestones: [] }));

  it('the one that names the referrer applies before that of a group, and that before the one for everyone', async () => {
    const [ada, bob, eve] = [await kit.signUp(), await kit.signUp(), await kit.signUp()];
    const group = `group-${Date.now()}`;
    const members = `/api/admin/referrer-groups/${group}/members`;
    const { body } = await kit.as(admin, 'POST', members, { add: [ada.username, bob.email] });
    expect(body).toEqual({ group, members: 2, added: 2, removed: 0 });
    const ofGroup = await run(20, { kind: 'group', group }, { milestones: [] });
    const ofAda = await run(300, { kind: 'users', users: [ada.username] }, { milestones: [] });
    expect([await earnsNow(ada), await earnsNow(bob), await earnsNow(eve)]).toEqual([300, 20, 1]);
    const [friend] = await kit.bring(ada, 1);
    const { items } = (await kit.as(admin, 'GET', `/api/admin/referrals?status=all&referrer=${ada.username}`))
      .body;
    expect(items.map((one: { campaign: object }) => one.campaign)).toEqual([
      { id: ofAda, version: 1 },
      { id: ofAda, version: 1 },
    ]);
    expect(await kit.referralOf(friend as SignedUp)).toMatchObject({ status: 'successful' });

    // Of two for the same referrer the last started; then those that remain.
    const later = await run(4000, { kind: 'users', users: [ada.email] }, { milestones: [] });
    expect(await earnsNow(ada)).toBe(4000);
    await change(later, 'pause');
    expect(await earnsNow(ada)).toBe(300);
    await change(ofAda, 'end');
    expect(await earnsNow(ada)).toBe(20);
    await kit.as(admin, 'POST', members, { remove: [ada.username] });
    expect([await earnsNow(ada), await earnsNow(bob)]).toEqual([1, 20]);
    await change(ofGroup, 'end');
    await requireHealthy(server.app);
  });

  it('the terms at sign-up hold, whatever starts before the referral succeeds', async () => {
    const ada = await kit.signUp();
    const friend = await kit.refer(ada);
    const id = await run(50, { kind: 'users', users: [ada.email] }, { milestones: [] });
    await kit.verify(friend);
    expect(await kit.balanceOf(ada)).toBe(1);
    await change(id, 'end');
  });

  it('the first link visited stays credited if the campaign of its referrer says so', async () => {
    const [ada, bob] = [await kit.signUp(), await kit.signUp()];
    const id = await run(9, { kind: 'users', users: [ada.email] }, { attribution: 'first', milestones: [] });
    server.app.cache('campaigns').invalidate('running');
    for (const [first, second, credited] of [
      [ada, bob, ada],
      [bob, ada, ada],
    ] as const) {
      const cookie = await kit.visitCookie(kit.codeOf(first), {
        'user-agent': `${BROWSER} ${first.username}`,
      });
      const { cookies } = await kit.visit(kit.codeOf(second), { cookie });
      const { user } = await kit.signUp({}, { headers: { cookie: `referral=${cookies['referral']}` } });
      expect(user.referredBy).toBe(credited.username);
    }
    await change(id, 'end');
  });

  it('an added referral gets the one of its referrer', async () => {
    const [ada, friend] = [await kit.signUp(), await kit.signUp()];
    const id = await run(60, { kind: 'users', users: [ada.email] }, { milestones: [] });
    const body = { referrer: ada.username, referred: friend.username, reason: 'Forgot the code' };
    expect((await kit.as(admin, 'POST', '/api/admin/referrals', body)).body.campaign.id).toBe(id);
    await change(id, 'end');
  });

  it.each([
    ['audience.group', { kind: 'group' }],
    ['audience.users', { kind: 'users' }],
    ['audience.users', { kind: 'everyone', users: ['ada'] }],
    ['audience.group', { kind: 'group', group: 'No spaces!' }],
    ['audience.users.0', { kind: 'users', users: ['nobody-has-this-name'] }],
  ])('none has a wrong %s', async (path, audience) => {
    const { status, body } = await kit.as(admin, 'POST', PATH, { name: 'x', terms: TERMS, audience });
    expect([status, body.errors[0].path]).toEqual([400, path]);
  });

  it('none knows a deleted user any more', async () => {
    const ada = await kit.signUp();
    await kit.as(admin, 'POST', '/api/admin/referrer-groups/leavers/members', { add: [ada.email] });
    expect((await kit.as(ada, 'GET', '/api/me/export')).body.referrerGroups).toEqual(['leavers']);
    await kit.deleteAccount(ada);
    const { items } = (await kit.as(admin, 'GET', '/api/admin/referrer-groups/leavers/members')).body;
    expect(items).toEqual([]);
    const unknown = await kit.as(admin, 'POST', '/api/admin/referrer-groups/leavers/members', {
      add: [admin.email],
      remove: [ada.email],
    });
    expect([unknown.status, unknown.body.errors[0].path]).toEqual([400, 'remove.0']);
    const { items: groups } = (await kit.as(admin, 'GET', '/api/admin/referrer-groups')).body;
    expect(groups.map((one: { group: string }) => one.group)).not.toContain('leavers');
  });
});

it('a referrer sees the next milestone of the own campaign, and that a cap left a referral without reward', async () => {
  await run(5, undefined, { cap: 1 });
  const ada = await kit.signUp();
  const milestones = [
    { referrals: 3, credits: 30 },
    { referrals: 2, credits: 20 },
  ];
  const vip = await run(6, { kind: 'users', users: [ada.email] }, { cap: 1, milestones });
  server.app.cache('campaigns').invalidate('running');
  const nextOf = async () => (await kit.readStats(ada)).nextMilestone;
  expect(await nextOf()).toEqual({ referrals: 2, credits: 20, remaining: 2 });
  await kit.bring(ada, 1);
  await kit.bring(ada, 1);
  await kit.refer(ada);
  expect(await nextOf()).toEqual({ referrals: 3, credits: 30, remaining: 1 });
  const { items } = (await kit.as(ada, 'GET', '/api/referrals')).body;
  expect(items.map(({ reward }: { reward: object | null }) => reward)).toEqual([
    null,
    { state: 'capped', credits: 6 },
    { state: 'granted', credits: 6 },
  ]);
  await kit.bring(ada, 1);
  expect(await nextOf()).toBeNull();
  await change(vip, 'end');
});

describe('the public terms', () => {
  it('are what both sides get, by the code of a referrer or for everyone, and nothing of the review', async () => {
    const id = await run(12, undefined, { referredCredits: 6, holdDays: 3, autoApproveLimit: 5 });
    const ada = await kit.signUp();
    const vip = await run(40, { kind: 'users', users: [ada.username] }, { referredCredits: 30 });
    const offer = {
      id,
      name: 'Test',
      version: 1,
      referrerCredits: 12,
      referredCredits: 6,
      milestones: TERMS.milestones,
      requiresPage: false,
      minAgeSeconds: 0,
      holdDays: 3,
      cap: null,
      capPeriod: 'all',
      timezone: 'UTC',
      startedAt: expect.stringMatching(/Z$/),
      endsAt: null,
    };
    expect((await readOffer()).body).toEqual(offer);
    const ofAda = { id: vip, referrerCredits: 40, referredCredits: 30 };
    expect((await readOffer(`?code=${kit.codeOf(ada)}`)).body).toMatchObject(ofAda);
    const shown = (await server.get(`/api/referral-codes/${kit.codeOf(ada)}`)).body;
    expect(shown).toMatchObject({ referrer: { username: ada.username }, campaign: ofAda });
    expect((await readOffer('?code=nobody-has-this')).body.code).toBe('NOT_FOUND');
    await change(vip, 'end');
  });

  it('answer 304 until they change', async () => {
    const id = await run(5);
    const first = await readOffer();
    const etag = first.headers.get('etag') ?? '';
    expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    const again = await readOffer('', { 'if-none-match': `W/${etag}` });
    expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, '', etag]);
    await update(id, { name: 'Another name' });
    const changed = await readOffer('', { 'if-none-match': etag });
    expect([changed.status, changed.body.name]).toEqual([200, 'Another name']);
  });
});
