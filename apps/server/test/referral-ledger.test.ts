import { refreshLeaderboard } from '@linkgrove/api/jobs';
import { requireHealthy } from '@linkgrove/api/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  BROWSER,
  newPerson,
  PASSWORD,
  range,
  type SignedUp,
  startTestServer,
  type TestServer,
} from './kit/index.ts';
import { createReferralKit, type ReferralKit, TERMS } from './invariants/kit.ts';

// A programme of 38 sign-ups over four links, beside a ledger that the test keeps by hand. Every number of every endpoint must
// agree with the ledger, before and after the roll-up.

type Status = 'pending' | 'successful' | 'rejected' | 'review';
type Row = { who: SignedUp; id: string; link: string; status: Status; visited: boolean; succeeded: boolean };

let server: TestServer;
let kit: ReferralKit;
beforeAll(async () => {
  server = await startTestServer();
  kit = createReferralKit(server);
});
afterAll(() => server.close());

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
  const first = (await kit.as(ada, 'GET', '/api/referral-links')).body.items.at(-1);
  const links = [first, bio, talk, card] as { id: string; code: string }[];

  const ledger: Row[] = [];
  const visits = new Map(links.map(({ id }) => [id, 0]));
  let missed = 0;
  let credits = 0;
  let spent = 0;
  const entries: number[] = [];
  const earn = (amount: number) => {
    credits += amount;
    entries.unshift(amount);
  };
  const count = (matches: (row: Row) => boolean) => ledger.filter(matches).length;
  const standing = () => count(({ status }) => status === 'successful');

  const enter = async (who: SignedUp, link: string, visited: boolean, status: Status) => {
    const row = { who, id: await kit.referralIdOf(who), link, status, visited, succeeded: false };
    ledger.push(row);
    return row;
  };
  const visit = async (link: { id: string; code: string }, agent: string) => {
    visits.set(link.id, (visits.get(link.id) ?? 0) + 1);
    return kit.visitCookie(link.code, { 'user-agent': `${BROWSER} ${agent}` });
  };
  const succeed = (row: Row) => {
    row.status = 'successful';
    row.succeeded = true;
    earn(TERMS.referrerCredits);
    const milestone = TERMS.milestones.find(({ referrals }) => referrals === standing());
    if (milestone) earn(milestone.credits);
  };
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
    expect(rewards.items.map(({ amount }: { amount: number }) => amount)).toEqual(entries);
    const amounts = csvRows((await kit.as(ada, 'GET', '/api/rewards/export')).body).map((row) =>
      Number(row[3]),
    );
    expect(amounts).toEqual(entries);
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

  // Her own address in another spelling earns nothing: refused in the body, dropped from the cookie.
  const alias = ada.email.replace('@', '+tag@');
  const own = await kit.register({ email: alias, referralCode: talk.code });
  expect([own.status, own.body.code]).toEqual([422, 'SELF_REFERRAL']);
  const byCookie = await kit.register({ email: alias }, { cookie: await visit(talk, 'herself') });
  expect(byCookie.status === 201 ? byCookie.body.user.referredBy : byCookie.body.code).not.toBe(ada.username);
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
  expect([ledger.length, standing()]).toEqual([38, 30]);
  await settleAndCompare();

  expect((await kit.redeem(ada)).status).toBe(200);
  spent += 100;
  entries.unshift(-100);
  await settleAndCompare();

  for (const link of [first, bio, card]) {
    const row = ledger.find((one) => one.link === link.id && one.status === 'successful') as Row;
    expect((await kit.decide(admin, row.id, 'reverse')).status).toBe(200);
    row.status = 'rejected';
    earn(-TERMS.referrerCredits);
    expect(await kit.balanceOf(row.who)).toBe(0);
  }
  await settleAndCompare();

  // A referred user who leaves keeps the counts, unless the address was never verified; a link that is deleted keeps its row.
  const leaving = ledger.find(({ status }) => status === 'successful') as Row;
  expect((await kit.deleteAccount(leaving.who)).status).toBe(204);
  const unproven = ledger.find(({ status }) => status === 'pending') as Row;
  expect((await kit.as(unproven.who, 'DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
  ledger.splice(ledger.indexOf(unproven), 1);
  expect((await kit.as(ada, 'DELETE', `/api/referral-links/${card.id}`)).status).toBe(204);
  await settleAndCompare();
  expect([ledger.length, standing(), credits, spent]).toEqual([37, 27, 495, 100]);
});
