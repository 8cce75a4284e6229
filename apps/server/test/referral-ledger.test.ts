import { grantHeldRewards, refreshLeaderboard } from '@linkgrove/api/jobs';
import { requireHealthy } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import {
  BROWSER,
  createReferralKit,
  newPerson,
  PASSWORD,
  range,
  type SignedUp,
  TERMS,
  useTestServer,
} from './kit/index.ts';

// A programme of 45 sign-ups over six links and two versions, beside a ledger that the test keeps by hand: review, reversals
// and their undoing, milestones lost and regained, credits by hand, 14 redemptions, a hold, and people who leave. Every number
// of every endpoint must agree with the ledger at each step, before and after the roll-up.

type Status = 'pending' | 'successful' | 'rejected' | 'review';
type Cause = 'refund' | 'fraud' | 'other';
type Row = {
  who: SignedUp;
  id: string;
  link: string;
  status: Status;
  visited: boolean;
  succeeded: boolean;
  /** What each side gets. */
  credits: { referrer: number; referred: number };
  isHeld: boolean;
  isOwed: boolean;
  cause: Cause | undefined;
};
type Milestone = { referrals: number; credits: number; state: 'granted' | 'reversed' | 'owed' };

const server = useTestServer();
const kit = createReferralKit(server);

const STATES = ['pending', 'successful', 'rejected', 'review'] as const;
const csvRows = (body: unknown) =>
  String(body)
    .split('\r\n')
    .slice(1, -1)
    .map((line) => line.split(','));

it('every number of every endpoint agrees with a ledger kept by hand', { timeout: 240_000 }, async () => {
  const admin = await kit.signUpAdmin();
  const ada = await kit.signUp();
  await kit.as(ada, 'PATCH', '/api/me', { leaderboard: true });
  const makeLink = async (body: object) => (await kit.as(ada, 'POST', '/api/referral-links', body)).body;
  const [bio, talk, card] = [await makeLink({}), await makeLink({}), await makeLink({ maxUses: 6 })];
  const [poster, print] = [await makeLink({ label: 'Poster' }), await makeLink({ label: 'Print' })];
  const first = (await kit.as(ada, 'GET', '/api/referral-links')).body.items.at(-1);
  const links = [first, bio, talk, card, poster, print] as { id: string; code: string }[];

  const ledger: Row[] = [];
  const visits = new Map(links.map(({ id }) => [id, 0]));
  let missed = 0;
  let credits = 0;
  let spent = 0;
  let pending = 0;
  let byHand = 0;
  let terms = { ...TERMS };
  const reached: Milestone[] = [];
  const entries: number[] = [];
  const earn = (amount: number) => {
    credits += amount;
    entries.unshift(amount);
  };
  const count = (matches: (row: Row) => boolean) => ledger.filter(matches).length;
  const standing = () => count(({ status }) => status === 'successful');

  const enter = async (who: SignedUp, link: string, visited: boolean, status: Status) => {
    const row: Row = {
      who,
      id: await kit.referralIdOf(who),
      link,
      status,
      visited,
      succeeded: false,
      credits: { referrer: terms.referrerCredits, referred: terms.referredCredits },
      isHeld: false,
      isOwed: false,
      cause: undefined,
    };
    ledger.push(row);
    return row;
  };
  const visit = async (link: { id: string; code: string }, agent: string) => {
    visits.set(link.id, (visits.get(link.id) ?? 0) + 1);
    return kit.visitCookie(link.code, { 'user-agent': `${BROWSER} ${agent}` });
  };
  const owed = () =>
    ledger.reduce((sum, row) => sum + (row.isOwed ? row.credits.referrer : 0), 0) +
    reached.reduce((sum, { state, credits: worth }) => sum + (state === 'owed' ? worth : 0), 0);
  /** Returns whether the credits are still there. */
  const take = (amount: number): boolean => {
    const isThere = credits - spent >= amount;
    if (isThere) earn(-amount);
    return isThere;
  };
  const settleMilestones = (isSuccess: boolean) => {
    const due = terms.milestones.find(({ referrals }) => referrals === standing());
    if (isSuccess && due && !reached.some(({ referrals }) => referrals === due.referrals)) {
      earn(due.credits);
      reached.push({ ...due, state: 'granted' });
    }
    for (const milestone of reached.toSorted((one, other) => one.referrals - other.referrals)) {
      if (milestone.referrals > standing() && milestone.state === 'granted') {
        milestone.state = take(milestone.credits) ? 'reversed' : 'owed';
      } else if (milestone.referrals <= standing() && milestone.state !== 'granted') {
        if (milestone.state === 'reversed') earn(milestone.credits);
        milestone.state = 'granted';
      }
    }
  };
  const succeed = (row: Row) => {
    row.status = 'successful';
    row.succeeded = true;
    if (row.isHeld) pending += row.credits.referrer;
    else earn(row.credits.referrer);
    settleMilestones(true);
  };
  const reverse = async (row: Row, cause: Cause) => {
    const body = { reason: 'Checked by a test', cause };
    expect((await kit.as(admin, 'POST', `/api/admin/referrals/${row.id}/reverse`, body)).status).toBe(200);
    Object.assign(row, { status: 'rejected', cause });
    if (row.isHeld) pending -= row.credits.referrer;
    else row.isOwed = !take(row.credits.referrer);
    settleMilestones(false);
  };
  const restore = async (row: Row) => {
    expect((await kit.decide(admin, row.id, 'restore')).status).toBe(200);
    Object.assign(row, { status: 'successful', cause: undefined });
    if (row.isHeld) pending += row.credits.referrer;
    else if (row.isOwed) row.isOwed = false;
    else earn(row.credits.referrer);
    settleMilestones(false);
  };
  const adjust = async (amount: number) => {
    const body = { user: ada.username, amount, reason: 'By a test' };
    expect((await kit.as(admin, 'POST', '/api/admin/credits', body)).body).toMatchObject({
      amount,
      balance: credits - spent + amount,
    });
    byHand += amount;
    earn(amount);
  };
  const redeem = async () => {
    expect((await kit.redeem(ada)).status).toBe(200);
    spent += 100;
    entries.unshift(-100);
  };
  const findSuccess = (link: { id: string }) =>
    ledger.find((row) => row.link === link.id && row.status === 'successful') as Row;
  const verify = async (row: Row) => {
    expect((await kit.verify(row.who)).status).toBe(200);
    succeed(row);
  };

  async function compare(): Promise<void> {
    server.app.cache('referral-stats').invalidate(ada.user.id);
    const totals = {
      visits: [...visits.values()].reduce((sum, one) => sum + one, 0),
      signups: ledger.length,
      successful: standing(),
    };
    const successes = count(({ succeeded }) => succeeded);
    const reversed = successes - standing();
    const byStatus = Object.fromEntries(
      STATES.map((status) => [status, count((row) => row.status === status)]),
    );
    const stats = await kit.readStats(ada, '?days=30');
    expect(stats).toMatchObject({
      ...totals,
      ...byStatus,
      missedVisits: missed,
      conversionRate: totals.signups === 0 ? 0 : standing() / totals.signups,
      creditsEarned: credits,
      creditsBalance: credits - spent,
      creditsPending: pending,
      period: { ...totals, successful: successes, reversed },
    });
    const today = { ...totals, successful: successes, reversed };
    expect(stats.daily.at(-1)).toMatchObject(today);
    expect(stats.daily.slice(0, -1).every((day: { signups: number }) => day.signups === 0)).toBe(true);
    const ofLink = ({ id }: { id: string }) => ({
      visits: visits.get(id) ?? 0,
      signups: count(({ link }) => link === id),
      successful: count(({ link, status }) => link === id && status === 'successful'),
    });
    const shown = (await kit.as(ada, 'GET', '/api/referral-links')).body.items;
    for (const link of shown) expect(link).toMatchObject(ofLink(link));
    const rows = stats.links as { id: string | null; visits: number; signups: number; successful: number }[];
    for (const row of rows) if (row.id !== null) expect(row).toMatchObject(ofLink({ id: row.id }));
    for (const name of ['visits', 'signups', 'successful'] as const) {
      expect([name, rows.reduce((sum, row) => sum + row[name], 0)]).toEqual([name, totals[name]]);
    }

    const visited = count((row) => row.visited);
    for (const query of ['days=30', 'days=30&timezone=Asia/Kathmandu']) {
      expect((await kit.as(ada, 'GET', `/api/referral-funnel?${query}`)).body).toMatchObject({
        ...today,
        signupsWithVisit: visited,
        signupsWithoutVisit: totals.signups - visited,
        signupRate: totals.visits === 0 ? 0 : Math.min(1, visited / totals.visits),
        successRate: totals.signups === 0 ? 0 : successes / totals.signups,
      });
    }

    const list = async (query: string): Promise<{ id: string }[]> =>
      (await kit.as(ada, 'GET', `/api/referrals?limit=100&${query}`)).body.items;
    const idsOf = (matches: (row: Row) => boolean) =>
      ledger
        .filter(matches)
        .map(({ id }) => id)
        .toReversed();
    const read = async (query: string) => (await list(query)).map(({ id }) => id);
    expect(await read('')).toEqual(idsOf(() => true));
    for (const status of STATES) {
      expect([status, await read(`status=${status}`)]).toEqual([
        status,
        idsOf((row) => row.status === status),
      ]);
      const query = `status=${status}&referrer=${ada.username}&limit=100`;
      const { items } = (await kit.as(admin, 'GET', `/api/admin/referrals?${query}`)).body;
      expect(items.map(({ id }: { id: string }) => id)).toEqual(
        idsOf((row) => row.status === status).toReversed(),
      );
    }
    for (const { id } of links) expect(await read(`link=${id}`)).toEqual(idsOf(({ link }) => link === id));
    const exported = csvRows((await kit.as(ada, 'GET', '/api/referrals/export')).body);
    expect(exported.map(([id, , status]) => [id, status])).toEqual(
      ledger.map(({ id, status }) => [id, status]).toReversed(),
    );

    const rewards = await kit.readRewards(ada, '?limit=100');
    expect(rewards.balance).toBe(credits - spent);
    expect(rewards.pending).toBe(pending);
    expect(rewards.held).toBe(Math.min(credits - spent, owed()));
    const held = rewards.items.filter(({ state }: { state: string }) => state === 'pending');
    expect(held.reduce((sum: number, { amount }: { amount: number }) => sum + amount, 0)).toBe(pending);
    const booked = rewards.items.filter(({ state }: { state: string }) => state !== 'pending');
    expect(booked.map(({ amount }: { amount: number }) => amount)).toEqual(entries);
    const amounts = csvRows((await kit.as(ada, 'GET', '/api/rewards/export')).body).map((row) =>
      Number(row[3]),
    );
    expect(amounts).toEqual(entries);
    const sumReferred = (matches: (row: Row) => boolean) =>
      ledger.filter(matches).reduce((sum, row) => sum + row.credits.referred, 0);
    const referred = sumReferred((row) => row.status === 'successful' && !row.isHeld);
    const programme = (await kit.as(admin, 'GET', '/api/admin/referral-totals')).body;
    const reversedBy = (cause: Cause) => count((row) => row.cause === cause);
    expect(programme).toMatchObject({
      ...byStatus,
      signups: ledger.length,
      reversed: { refund: reversedBy('refund'), fraud: reversedBy('fraud'), other: reversedBy('other') },
      credits: {
        standing: credits - byHand + referred,
        pending: pending + sumReferred((row) => row.status === 'successful' && row.isHeld),
        inReview: owed(),
      },
      byHand,
      redeemed: spent,
      balances: credits - spent + referred,
    });
    const versions = programme.campaigns.flatMap((one: { versions: object[] }) => one.versions);
    for (const name of ['signups', 'successful', 'rejected'] as const) {
      const sum = versions.reduce((total: number, one: Record<typeof name, number>) => total + one[name], 0);
      expect([name, sum]).toEqual([name, programme[name]]);
    }

    await refreshLeaderboard(server.app);
    for (const period of ['all', 'month', 'week']) {
      const { me } = (await kit.as(ada, 'GET', `/api/referral-leaderboard?period=${period}`)).body;
      expect([period, me]).toEqual([period, standing() === 0 ? null : { rank: 1, successful: standing() }]);
    }
  }
  const settleAndCompare = async () => {
    await compare();
    await kit.runScheduledJobs();
    await compare();
    await requireHealthy(server.app);
  };
  await settleAndCompare();

  // Eight by a visit to the first link, of whom six verify.
  for (const n of range(8)) {
    const cookie = await visit(first, `first ${n}`);
    const row = await enter(await kit.signUp({}, { cookie }), first.id, true, 'pending');
    if (n < 6) await verify(row);
  }
  await visit(first, 'looks and leaves');
  // Ten by a typed code, of whom nine verify.
  for (const n of range(10)) {
    const row = await enter(
      await kit.signUp({ referralCode: bio.code.toUpperCase() }),
      bio.id,
      false,
      'pending',
    );
    if (n < 9) await verify(row);
  }
  await settleAndCompare();

  // Her own address in another spelling earns nothing: refused in the body, rejected by the cookie.
  const alias = ada.email.replace('@', '+tag@');
  const own = await kit.register({ email: alias, referralCode: talk.code });
  expect([own.status, own.body.code]).toEqual([422, 'SELF_REFERRAL']);
  const herself = await kit.signUp({ email: alias }, { cookie: await visit(talk, 'herself') });
  await enter(herself, talk.id, true, 'rejected');
  expect(await kit.referralOf(herself)).toMatchObject({ reason: 'own_address' });
  // Four from throw-away addresses go to review.
  const doubtful: Row[] = [];
  for (const n of range(4)) {
    const cookie = await visit(talk, `doubtful ${n}`);
    const email = newPerson().email.replace('example.com', 'mailinator.com');
    doubtful.push(await enter(await kit.signUp({ email }, { cookie }), talk.id, true, 'review'));
  }
  await settleAndCompare();
  const [good, better, bad] = doubtful as [Row, Row, Row];
  for (const row of [good, better]) {
    expect((await kit.decide(admin, row.id, 'approve')).status).toBe(200);
    row.status = 'pending';
  }
  await verify(good);
  await verify(better);
  expect((await kit.decide(admin, bad.id, 'reject')).status).toBe(200);
  bad.status = 'rejected';
  // Ten more by the code of the talk, of whom eight verify, and six by a card that takes no more.
  for (const n of range(10)) {
    const row = await enter(await kit.signUp({ referralCode: talk.code }), talk.id, false, 'pending');
    if (n < 8) await verify(row);
  }
  for (const n of range(6)) {
    const row = await enter(await kit.signUp({ referralCode: card.code }), card.id, false, 'pending');
    if (n < 5) await verify(row);
  }
  expect((await kit.register({ referralCode: card.code })).status).toBe(422);
  await kit.visit(card.code, { accept: 'text/html', 'user-agent': `${BROWSER} late` });
  missed += 1;
  expect([ledger.length, standing()]).toEqual([39, 30]);
  await settleAndCompare();

  await redeem();
  await settleAndCompare();

  for (const [link, cause] of [
    [first, 'refund'],
    [bio, 'fraud'],
    [card, 'other'],
  ] as const) {
    const row = findSuccess(link);
    await reverse(row, cause);
    expect(await kit.balanceOf(row.who)).toBe(0);
  }
  await settleAndCompare();

  // Three more reversals lose the milestone of 25; undoing one of them regains it.
  const lost = [findSuccess(bio), findSuccess(talk), findSuccess(first)];
  for (const row of lost) await reverse(row, 'fraud');
  expect([standing(), reached.map(({ state }) => state)]).toEqual([24, ['granted', 'granted', 'reversed']]);
  await settleAndCompare();
  await restore(lost[0] as Row);
  expect([standing(), reached.map(({ state }) => state)]).toEqual([25, ['granted', 'granted', 'granted']]);
  expect(await kit.balanceOf((lost[0] as Row).who)).toBe(5);
  expect((await kit.decide(admin, (lost[0] as Row).id, 'restore')).status).toBe(409);
  await settleAndCompare();

  // An administrator takes a milestone back, which later successes do not regain, and gives it back.
  const taken = (await kit.rewardsOf(ada)).find(({ threshold }) => threshold === 5);
  for (const verb of ['reverse', 'restore']) {
    const path = `/api/admin/rewards/${taken?.id}/${verb}`;
    expect((await kit.as(admin, 'POST', path, { reason: 'Checked by a test' })).status).toBe(200);
    earn(verb === 'reverse' ? -25 : 25);
    await settleAndCompare();
  }

  // The second version changes one member and adds a milestone. It pays for the past only if asked to.
  const [{ id: campaignId }] = (await kit.as(admin, 'GET', '/api/admin/referral-campaigns')).body.items;
  terms = {
    ...terms,
    referrerCredits: 12,
    milestones: [...terms.milestones, { referrals: 20, credits: 40 }],
  };
  const { referrerCredits, milestones } = terms;
  const campaign = `/api/admin/referral-campaigns/${campaignId}`;
  const published = await kit.as(admin, 'POST', `${campaign}/versions`, {
    terms: { referrerCredits, milestones },
  });
  expect(published.body).toMatchObject({ version: 3, terms });
  for (const link of [poster, print]) {
    const cookie = await visit(link, 'second version');
    await verify(await enter(await kit.signUp({}, { cookie }), link.id, true, 'pending'));
  }
  await settleAndCompare();
  const passed = { referrers: 1, remaining: 0, credits: 40 };
  expect((await kit.as(admin, 'POST', `${campaign}/pay-milestones`, {})).body).toMatchObject(passed);
  await settleAndCompare();
  const pay = { preview: false };
  expect((await kit.as(admin, 'POST', `${campaign}/pay-milestones`, pay)).body).toMatchObject(passed);
  earn(40);
  reached.push({ referrals: 20, credits: 40, state: 'granted' });
  expect((await kit.as(admin, 'POST', `${campaign}/pay-milestones`, pay)).body.referrers).toBe(0);
  await settleAndCompare();

  // Credits by hand pay for thirteen more redemptions, until three credits are left.
  await adjust(1_000);
  for (let n = 0; n < 13; n++) await redeem();
  await adjust(3 - (credits - spent));
  await settleAndCompare();
  const tooMuch = { user: ada.username, amount: -4, reason: 'By a test' };
  expect((await kit.as(admin, 'POST', '/api/admin/credits', tooMuch)).body.code).toBe('INSUFFICIENT_CREDITS');

  // What is spent cannot be taken back: the reward goes to review, and holds what is earned until its reversal is undone.
  const spentOne = findSuccess(poster);
  await reverse(spentOne, 'refund');
  expect(owed()).toBe(12);
  await adjust(105);
  await settleAndCompare();
  expect((await kit.redeem(ada)).body).toMatchObject({
    code: 'INSUFFICIENT_CREDITS',
    detail: 'This costs 100 credits; you have 108, of which 12 are held while a reward is in review',
  });
  await restore(spentOne);
  await settleAndCompare();

  // A referred user who leaves keeps the counts, unless the address was never verified; a link that is deleted keeps its row.
  const leaving = ledger.find(({ status }) => status === 'successful') as Row;
  expect((await kit.deleteAccount(leaving.who)).status).toBe(204);
  const unproven = ledger.find(({ status }) => status === 'pending') as Row;
  expect((await kit.as(unproven.who, 'DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
  ledger.splice(ledger.indexOf(unproven), 1);
  expect((await kit.as(ada, 'DELETE', `/api/referral-links/${card.id}`)).status).toBe(204);
  await settleAndCompare();
  expect([ledger.length, standing(), spent]).toEqual([40, 27, 1_400]);

  // Four under a campaign with a hold: one is reversed during it, restored and reversed again, the others are granted after it.
  await kit.runCampaign(admin, { holdDays: 30 });
  terms = { ...TERMS };
  const late: Row[] = [];
  for (let n = 0; n < 4; n++) {
    const row = await enter(await kit.signUp({ referralCode: talk.code }), talk.id, false, 'pending');
    row.isHeld = true;
    await verify(row);
    late.push(row);
  }
  await grantHeldRewards(server.app);
  await settleAndCompare();
  const [, doubted] = late as [Row, Row];
  await reverse(doubted, 'fraud');
  await settleAndCompare();
  await restore(doubted);
  await settleAndCompare();
  await reverse(doubted, 'fraud');
  await sql`update rewards set due_at = now() where state = 'pending'`.execute(server.app.db);
  await grantHeldRewards(server.app);
  for (const row of late.filter(({ status }) => status === 'successful')) {
    row.isHeld = false;
    pending -= row.credits.referrer;
    earn(row.credits.referrer);
  }
  await settleAndCompare();
  expect([ledger.length, standing(), pending, owed()]).toEqual([44, 30, 0, 0]);
});
