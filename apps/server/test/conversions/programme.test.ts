import {
  deleteOldClicks,
  deleteTrashedWorkspaces,
  eraseProgrammes,
  grantDueRewards,
} from '@linkgrove/api/jobs';
import { EVENTS, requireHealthy } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { z } from 'zod';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createHook,
  eventually,
  nowInSeconds,
  startReceiver,
  tally,
  times,
  useTestServer,
} from '../kit/index.ts';
import { endHolds, LANDING, newExternalId, open, openShop, readClickId, type Shop } from './kit.ts';

const server = useTestServer({ worker: 'without scheduled jobs' });
afterEach(() => requireHealthy(server.app));

const EUR = { amount: 10_000, currency: 'EUR' };
const sell = async (shop: Shop, code: string, more: object = {}) => {
  const sale = { externalId: newExternalId(), referralCode: code, ...EUR, ...more };
  expect((await shop.track('sale', sale)).status).toBe(201);
  return sale.externalId;
};
const passHolds = async () => {
  await endHolds(server);
  await grantDueRewards(server.app);
};
const sumsOf = async (shop: Shop, referrer: { id: string }) => (await shop.read(referrer)).rewards[0];

describe('a campaign of a workspace', () => {
  it('accepts the terms of the platform where they need no accounts, and refuses contradictions', async () => {
    const { api } = await openShop(server);
    const platform = {
      attribution: 'first',
      requiresPage: false,
      minAgeSeconds: 0,
      reviewsSameDomain: false,
      referrerCredits: 10,
      referredCredits: 5,
      cap: null,
      capPeriod: 'all',
      milestones: [],
    };
    const create = (terms: object) => api('POST', '/api/campaigns', { name: 'Friends', terms });
    expect((await create(platform)).body).toMatchObject({
      state: 'draft',
      version: 1,
      landingUrl: null,
      terms: { referrerCredits: 10, referredCredits: 5, qualifiesBy: 'sale', holdDays: 0, months: null },
    });
    for (const [path, terms] of [
      ['terms.requiresPage', { requiresPage: true }],
      ['terms.milestones', { milestones: [{ referrals: 1, credits: 1 }] }],
      ['terms.referrerCredits', { basisPoints: 100, referrerCredits: 1 }],
      ['terms.basisPoints', { basisPoints: 100, qualifiesBy: 'lead' }],
      ['terms.basisPoints', { basisPoints: 10_001 }],
      ['terms.months', { months: 3, qualifiesBy: 'lead' }],
      ['terms.holdDays', { holdDays: 1.5 }],
      ['terms.timezone', { timezone: 'Mars/Olympus' }],
    ] as const)
      expect((await create(terms)).body).toMatchObject({ status: 400, errors: [{ path }] });
  });

  it('starts once, ends once, and keeps the terms of earlier referrals', async () => {
    const shop = await openShop(server, { basisPoints: 1_000, months: 2 });
    const { code, id } = await shop.refer();
    const customer = await sell(shop, code);
    expect((await shop.in('POST', '/start')).status).toBe(409);
    expect((await shop.in('POST', '/versions', { terms: { basisPoints: 5_000 } })).body.version).toBe(2);
    await sell(shop, code, { externalId: customer, eventName: 'next' });
    await sell(shop, code);
    expect(await sumsOf(shop, { id })).toMatchObject({ balance: 1_000 + 1_000 + 5_000 });
    expect(
      (await shop.in('GET', '/versions')).body.items.map((one: { version: number }) => one.version),
    ).toEqual([2, 1]);
    expect((await shop.in('POST', '/end')).body.state).toBe('ended');
    expect((await shop.in('POST', '/end')).status).toBe(409);
    const late = await shop.track('sale', { externalId: newExternalId(), referralCode: code, ...EUR });
    expect(late.body.code).toBe('INVALID_REFERRAL_CODE');
    await shop.track('sale', { externalId: customer, referralCode: code, eventName: 'renewal', ...EUR });
    expect(await sumsOf(shop, { id })).toMatchObject({ balance: 8_000 });
  });

  it('does not change the campaign of the platform', async () => {
    const before = await sql`select * from referral_campaigns`.execute(server.app.db);
    await openShop(server);
    expect((await sql`select * from referral_campaigns`.execute(server.app.db)).rows).toEqual(before.rows);
  });
});

it('a campaign is in the export of its owner, without the people of the product', async () => {
  const shop = await openShop(server);
  await shop.refer({ email: 'grace@example.com' });
  const { body } = await server.as(shop.owner, 'GET', '/api/me/export');
  expect(body.campaigns).toMatchObject([{ id: shop.campaign, name: 'Partners' }]);
  expect(JSON.stringify(body)).not.toContain('grace@example.com');
});

const TABLES_WITH_WORKSPACE = ['campaigns', 'campaign_people', 'conversions', 'campaign_referrals'];
const countRows = async ({ workspace }: Shop) => {
  const counts = await Promise.all(
    TABLES_WITH_WORKSPACE.map((table) =>
      sql`select from ${sql.table(table)} where workspace_id = ${workspace}`.execute(server.app.db),
    ),
  );
  return counts.reduce((sum, { rows }) => sum + rows.length, 0);
};

describe('a campaign whose workspace is gone', () => {
  const openBusyShop = async () => {
    const shop = await openShop(server, { referrerCredits: 10, cap: 5, capPeriod: 'day' });
    const ada = await shop.refer();
    const customer = await sell(shop, ada.code);
    await sell(shop, ada.code);
    await shop.track('click', { referralCode: ada.code });
    await shop.in('POST', `/referrers/${ada.id}/spend`, { externalId: 'x', amount: 3 });
    await shop.track('refund', { externalId: customer });
    const { token } = (await shop.in('POST', `/referrers/${ada.id}/embed-token`, {})).body;
    return { shop, ada, token };
  };

  it('is deleted by the worker, except that its codes stay taken', async () => {
    const { shop, ada, token } = await openBusyShop();
    await server.as(shop.owner, 'DELETE', `/api/workspaces/${shop.workspace}`);
    await sql`update workspaces set deleted_at = now() - interval '90 days' where id = ${shop.workspace}`.execute(
      server.app.db,
    );
    await deleteTrashedWorkspaces(server.app);
    expect((await open(server, ada.code)).status).toBe(404);
    expect((await server.get('/api/embed/me', { token })).status).toBe(401);
    await eraseProgrammes(server.app);
    expect(await countRows(shop)).toBe(0);
    const other = await openShop(server);
    const taken = await other.in('POST', '/referrers', { externalId: newExternalId(), code: ada.code });
    expect(taken.body.code).toBe('REFERRAL_CODE_TAKEN');
  });

  it('costs the deletion of an account nothing, and agrees with the doctor while it is deleted', async () => {
    const { shop } = await openBusyShop();
    const stranger = await openBusyShop();
    const kept = await countRows(stranger.shop);
    const gone = await server.as(shop.owner, 'DELETE', '/api/me', { password: 'correct-horse-battery' });
    expect(gone.status).toBe(204);
    await expect.poll(async () => (await shop.in('GET', '')).status).toBe(401);
    expect(await countRows(shop)).toBeGreaterThan(5);
    const refused = sql`delete from campaign_entries where campaign_id = ${shop.campaign}`;
    await expect(refused.execute(server.app.db)).rejects.toThrow('an entry');
    for (const table of ['campaign_entries', 'campaign_rewards']) {
      await server.app.db.transaction().execute(async (trx) => {
        await sql`select set_config('linkgrove.erasure', 'on', true)`.execute(trx);
        await sql`delete from ${sql.table(table)} where campaign_id = ${shop.campaign}`.execute(trx);
      });
      await requireHealthy(server.app);
    }
    await Promise.all([eraseProgrammes(server.app), eraseProgrammes(server.app)]);
    expect(await countRows(shop)).toBe(0);
    expect(await countRows(stranger.shop)).toBe(kept);
  });
});

it('the export of a programme lists everything as CSV and JSON, and no cell is a formula', async () => {
  const shop = await openShop(server, { basisPoints: 1_000, referredCredits: 5 });
  const ada = await shop.refer({ externalId: '=HYPERLINK("https://evil.example","Ada")' });
  const customer = await sell(shop, ada.code);
  await sell(shop, ada.code);
  const read = async (list: string) => {
    const csv = await shop.in('GET', `/${list}/export`);
    const json = await shop.in('GET', `/${list}/export?format=json`);
    expect([csv.headers.get('content-type'), json.body.nextCursor]).toEqual([
      'text/csv; charset=utf-8',
      null,
    ]);
    expect(String(csv.body).trim().split('\r\n')).toHaveLength(json.body.items.length + 1);
    return { csv: String(csv.body), items: json.body.items };
  };
  const [referrals, rewards, ledger] = [await read('referrals'), await read('rewards'), await read('ledger')];
  expect(referrals.items).toEqual((await shop.in('GET', '/referrals')).body.items);
  expect(rewards.items).toEqual(await shop.rewards());
  const sum = (recipient: string) =>
    ledger.items
      .filter((one: { recipient: string }) => one.recipient === recipient)
      .reduce((all: number, { amount }: { amount: number }) => all + amount, 0);
  expect([sum(ada.externalId), sum(customer)]).toEqual([2_000, 5]);
  for (const { csv } of [referrals, rewards, ledger]) {
    expect(csv).toContain(`"'=HYPERLINK(`);
    expect(csv).not.toMatch(/(^|,)"?=/m);
  }
});

describe('a referrer', () => {
  it('joins once, with a code that nobody else has or is named', async () => {
    const shop = await openShop(server);
    const join = (body: object) => shop.in('POST', '/referrers', body);
    const person = { externalId: newExternalId(), email: 'grace@example.com', name: 'Grace' };
    const answers = await times(30, () => join(person));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(30);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    const { code, url } = answers[0]?.body ?? {};
    expect(url).toBe(`http://localhost:3000/r/${code}`);
    expect((await join({ ...person, name: 'Hopper' })).body.code).toBe('CONFLICT');
    for (const taken of [code.toUpperCase(), shop.owner.username, shop.owner.user.referralCode])
      expect((await join({ externalId: newExternalId(), code: taken })).body.code).toBe(
        'REFERRAL_CODE_TAKEN',
      );
    const link = { code: code.toUpperCase() };
    expect((await server.as(shop.owner, 'POST', '/api/referral-links', link)).body.code).toBe(
      'REFERRAL_CODE_TAKEN',
    );
    expect((await server.register({ referralCode: code })).body.code).toBe('INVALID_REFERRAL_CODE');
  });

  it('is no customer of the own code, by ID or address, nor of anyone named later', async () => {
    const shop = await openShop(server);
    const ada = await shop.refer({ email: 'ada.lovelace@gmail.com' });
    const bob = await shop.refer();
    const reasonOf = async (externalId: string) =>
      (await shop.in('GET', `/referrals?externalId=${externalId}`)).body.items[0].reason;
    await sell(shop, ada.code, { externalId: ada.externalId });
    expect(await reasonOf(ada.externalId)).toBe('own_account');
    const alias = await sell(shop, ada.code, { email: 'adalovelace+shop@googlemail.com' });
    expect(await reasonOf(alias)).toBe('own_address');
    await sell(shop, ada.code, { externalId: bob.externalId });
    expect(await reasonOf(bob.externalId)).toBeNull();
    const cy = await shop.refer();
    await sell(shop, cy.code, { externalId: 'never' });
    const dan = await shop.refer({ externalId: newExternalId() });
    await sell(shop, dan.code, { externalId: cy.externalId });
    expect(await reasonOf(cy.externalId)).toBe('known_before');
    expect(await sumsOf(shop, ada)).toMatchObject({ earned: 1_000 });
  });

  it('stops earning while disabled, and for good once deleted', async () => {
    const shop = await openShop(server, { basisPoints: 1_000, months: 12, holdDays: 30 });
    const ada = await shop.refer({ name: 'Ada', email: 'ada@example.com' });
    const customer = await sell(shop, ada.code);
    const waiting = newExternalId();
    await shop.track('lead', { externalId: waiting, referralCode: ada.code });
    await shop.in('PATCH', `/referrers/${ada.id}`, { enabled: false });
    await sell(shop, 'ignored', { externalId: customer, eventName: 'second' });
    await shop.track('sale', { externalId: waiting, ...EUR });
    expect((await shop.in('GET', `/referrals?externalId=${waiting}`)).body.items[0].reason).toBe(
      'referrer_inactive',
    );
    expect((await shop.track('lead', { externalId: newExternalId(), referralCode: ada.code })).status).toBe(
      422,
    );
    expect(await sumsOf(shop, ada)).toMatchObject({ pending: 1_000 });
    expect((await shop.in('DELETE', `/referrers/${ada.id}`)).status).toBe(204);
    expect((await shop.in('GET', `/referrers/${ada.id}`)).status).toBe(404);
    await passHolds();
    expect((await shop.rewards()).map(({ state }) => state)).toEqual(['cancelled']);
    const row = await sql<{
      name: string;
    }>`select name, email from campaign_referrers where id = ${ada.id}`.execute(server.app.db);
    expect(row.rows).toEqual([{ name: null, email: null }]);
    expect(
      (await shop.in('POST', '/referrers', { externalId: newExternalId(), code: ada.code })).status,
    ).toBe(409);
  });
});

describe('a cap', () => {
  it.each(['Pacific/Kiritimati', 'Pacific/Niue'])('counts days as they begin in %s', async (timezone) => {
    const shop = await openShop(server, { referrerCredits: 10, cap: 1, capPeriod: 'day', timezone });
    const ada = await shop.refer();
    await sell(shop, ada.code);
    await sell(shop, ada.code);
    expect((await shop.rewards()).map(({ state }) => state)).toEqual(['capped', 'granted']);
    const { rows } = await sql<{ period: string; day: string }>`
      select cap_period as period, to_char(created_at at time zone ${timezone}, 'YYYY-MM-DD') as day
      from campaign_rewards where referrer_id = ${ada.id} and state = 'granted'`.execute(server.app.db);
    expect(rows[0]?.period).toBe(rows[0]?.day);
    expect((await shop.in('GET', '')).body.terms.timezone).toBe(timezone);
  });
});

describe('a reward', () => {
  it('is pending during the hold, then granted once, however many workers look', async () => {
    const shop = await openShop(server, { basisPoints: 2_000, referredCredits: 7, holdDays: 30 });
    const ada = await shop.refer();
    await sell(shop, ada.code);
    await grantDueRewards(server.app);
    expect(await sumsOf(shop, ada)).toEqual({ unit: 'EUR', pending: 2_000, balance: 0, earned: 0 });
    await endHolds(server);
    await times(8, () => grantDueRewards(server.app));
    expect(await sumsOf(shop, ada)).toEqual({ unit: 'EUR', pending: 0, balance: 2_000, earned: 2_000 });
    const rewards = await shop.rewards();
    expect(
      rewards
        .map(({ role, amount, currency }) => [role, amount, currency])
        .toSorted((a, b) => String(a).localeCompare(String(b))),
    ).toEqual([
      ['referred', 7, null],
      ['referrer', 2_000, 'EUR'],
    ]);
    expect((await shop.in('GET', `/referrers/${ada.id}/entries`)).body.items).toMatchObject([
      { kind: 'reward', amount: 2_000, unit: 'EUR' },
    ]);
  });

  it('is cancelled by a refund during the hold, and frees its slot under the cap', async () => {
    const shop = await openShop(server, { referrerCredits: 10, cap: 1, capPeriod: 'month', holdDays: 30 });
    const ada = await shop.refer();
    const first = await sell(shop, ada.code);
    const capped = await sell(shop, ada.code);
    await shop.track('refund', { externalId: first });
    await sell(shop, ada.code);
    await passHolds();
    expect((await shop.rewards()).map(({ state }) => state)).toEqual(['granted', 'capped', 'cancelled']);
    await shop.track('refund', { externalId: capped });
    expect(await sumsOf(shop, ada)).toEqual({ unit: 'credits', pending: 0, balance: 10, earned: 10 });
  });

  it('goes to exactly as many sales as the cap allows, of thirty at once', async () => {
    const shop = await openShop(server, { referrerCredits: 10, cap: 5, capPeriod: 'all' });
    const ada = await shop.refer();
    await times(30, () => sell(shop, ada.code));
    const states = (await shop.rewards()).map(({ state }) => state);
    expect(states.filter((state) => state === 'granted')).toHaveLength(5);
    expect(states.filter((state) => state === 'capped')).toHaveLength(25);
    expect(await sumsOf(shop, ada)).toMatchObject({ balance: 50 });
  });

  it('of credits is spent once per purchase, and goes to review if it is spent before the refund', async () => {
    const shop = await openShop(server, { referrerCredits: 10 });
    const ada = await shop.refer();
    const customer = await sell(shop, ada.code);
    const spend = (externalId: string, amount: number) =>
      shop.in('POST', `/referrers/${ada.id}/spend`, { externalId, amount });
    const answers = await times(30, () => spend('order-1', 8));
    expect(tally(answers)).toEqual({ 201: 30 });
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect((await spend('order-1', 9)).body.code).toBe('CONFLICT');
    expect((await spend('order-2', 3)).body.code).toBe('INSUFFICIENT_CREDITS');
    await shop.track('refund', { externalId: customer });
    const [reward] = await shop.rewards();
    expect(reward.state).toBe('review');
    const reverse = () => shop.api('POST', `/api/rewards/${reward.id}/reverse`, { reason: 'Refunded' });
    expect((await reverse()).body.code).toBe('INSUFFICIENT_CREDITS');
    await sell(shop, ada.code);
    expect((await reverse()).body.state).toBe('reversed');
    expect(await sumsOf(shop, ada)).toMatchObject({ balance: 2, earned: 10 });
    expect((await reverse()).status).toBe(409);
  });

  it('of kind external is fulfilled by the product once, and reviewed if it is refunded after that', async () => {
    const shop = await openShop(server, { basisPoints: 1_000, rewardKind: 'external', holdDays: 14 });
    const ada = await shop.refer();
    const customer = await sell(shop, ada.code);
    const [{ id }] = await shop.rewards();
    const fulfil = () => shop.api('POST', `/api/rewards/${id}/fulfil`);
    expect((await fulfil()).body.code).toBe('CONFLICT');
    await passHolds();
    const answers = await times(30, fulfil);
    expect(tally(answers)).toEqual({ 200: 30 });
    expect(new Set(answers.map(({ body }) => body.fulfilledAt)).size).toBe(1);
    expect(await sumsOf(shop, ada)).toMatchObject({ balance: 0, earned: 1_000 });
    await shop.track('refund', { externalId: customer });
    expect((await shop.rewards())[0].state).toBe('review');
    await shop.api('POST', `/api/rewards/${id}/reverse`, { reason: 'Paid back' });
    expect(await sumsOf(shop, ada)).toMatchObject({ balance: 0, earned: 0 });
    const kinds = (await shop.in('GET', `/referrers/${ada.id}/entries`)).body.items;
    expect(kinds.map((one: { kind: string; amount: number }) => [one.kind, one.amount])).toEqual([
      ['reversal', -1_000],
      ['reversal', 1_000],
      ['fulfilment', -1_000],
      ['reward', 1_000],
    ]);
    const credits = await openShop(server, { referrerCredits: 1 });
    await sell(credits, (await credits.refer()).code);
    const [other] = await credits.rewards();
    expect((await credits.api('POST', `/api/rewards/${other.id}/fulfil`)).body.code).toBe('CONFLICT');
    expect((await credits.api('POST', `/api/rewards/${id}/fulfil`)).body.code).toBe('NOT_FOUND');
  });

  it('of kind external whose credits were spent is not fulfilled as well', async () => {
    const shop = await openShop(server, { referrerCredits: 10, rewardKind: 'external' });
    const ada = await shop.refer();
    await sell(shop, ada.code);
    const spend = { externalId: 'order-1', amount: 8 };
    expect((await shop.in('POST', `/referrers/${ada.id}/spend`, spend)).status).toBe(201);
    const [{ id }] = await shop.rewards();
    expect((await shop.api('POST', `/api/rewards/${id}/fulfil`)).body.code).toBe('INSUFFICIENT_CREDITS');
    expect(await sumsOf(shop, ada)).toMatchObject({ balance: 2, earned: 10 });
  });

  it('is paid monthly until the months are over, and only for the sale that was refunded it ends', async () => {
    const shop = await openShop(server, { basisPoints: 1_000, months: 2, referredCredits: 3 });
    const ada = await shop.refer();
    const customer = await sell(shop, ada.code, { eventName: 'month-1' });
    await sell(shop, ada.code, { externalId: customer, eventName: 'month-2' });
    await shop.track('refund', { externalId: customer, eventName: 'month-1' });
    await sell(shop, ada.code, { externalId: customer, eventName: 'free', amount: 0 });
    expect(await shop.read(ada)).toMatchObject({ successful: 1, rewards: [{ balance: 1_000 }] });
    await sql`update campaign_referrals set qualified_at = now() - interval '2 months' where referrer_id = ${ada.id}`.execute(
      server.app.db,
    );
    await sell(shop, ada.code, { externalId: customer, eventName: 'month-3' });
    expect(await sumsOf(shop, ada)).toMatchObject({ balance: 1_000 });
    expect((await shop.in('GET', '/conversions')).body.items).toHaveLength(4);
  });
});

describe('the link of a campaign', () => {
  it('leads to the product with a click that credits its referrer', async () => {
    const shop = await openShop(server, undefined, { landingUrl: `${LANDING}?lang=de` });
    const ada = await shop.refer();
    const opened = await open(server, `${ada.code}?utm_source=mail`);
    expect(opened.status).toBe(302);
    const location = new URL(opened.headers.get('location') ?? '');
    expect(`${location.origin}${location.pathname}`).toBe(LANDING);
    expect(Object.fromEntries(location.searchParams)).toMatchObject({ lang: 'de', utm_source: 'mail' });
    const clickId = readClickId(opened);
    const externalId = newExternalId();
    expect((await shop.track('lead', { externalId, clickId })).body.referralId).not.toBeNull();
    expect(await shop.read(ada)).toMatchObject({ clicks: 1, referrals: 1 });
  });

  it('counts reloads within an hour once, and neither bots, nor prefetches, nor frames', async () => {
    const shop = await openShop(server);
    const ada = await shop.refer();
    const first = await open(server, ada.code);
    const cookie = `click=${first.cookies['click']}`;
    expect(readClickId(await open(server, ada.code, { cookie }))).toBe(readClickId(first));
    for (const headers of [
      { 'user-agent': 'curl/8.5.0' },
      { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)' },
      { 'sec-purpose': 'prefetch' },
      { 'sec-fetch-dest': 'iframe' },
    ]) {
      const answer = await open(server, ada.code, headers);
      expect([answer.status, readClickId(answer)]).toEqual([302, null]);
    }
    expect(await shop.read(ada)).toMatchObject({ clicks: 1 });
  });

  it('leads to the product without a click while it is disabled, and after the campaign has ended', async () => {
    const shop = await openShop(server);
    const [ada, bob] = [await shop.refer(), await shop.refer()];
    const locationOf = async (code: string) => (await open(server, code)).headers.get('location');
    await shop.in('PATCH', `/referrers/${ada.id}`, { enabled: false });
    expect(await locationOf(ada.code)).toBe(LANDING);
    await shop.in('DELETE', `/referrers/${ada.id}`);
    await shop.in('POST', '/end');
    expect([await locationOf(ada.code), await locationOf(bob.code)]).toEqual([LANDING, LANDING]);
    expect(await shop.read(bob)).toMatchObject({ clicks: 0 });
  });

  it('credits the first link of the campaign if the terms say so, else the last', async () => {
    for (const attribution of ['first', 'last']) {
      const shop = await openShop(server, { referrerCredits: 1, attribution });
      const [ada, bob] = [await shop.refer(), await shop.refer()];
      const first = await open(server, ada.code);
      const second = await open(server, bob.code, { cookie: `click=${first.cookies['click']}` });
      await sell(shop, 'x', { referralCode: undefined, clickId: readClickId(second) });
      const winner = attribution === 'first' ? ada : bob;
      expect(await shop.read(winner)).toMatchObject({ successful: 1 });
    }
  });

  it('answers 404 without a landing URL, in a deleted workspace, and while its owner is suspended', async () => {
    const shop = await openShop(server, undefined, { landingUrl: null });
    const ada = await shop.refer();
    expect((await open(server, ada.code)).status).toBe(404);
    await shop.in('PATCH', '', { landingUrl: LANDING });
    expect((await open(server, ada.code)).status).toBe(302);
    expect((await server.get(`/r/${ada.code}/qr.svg`)).status).toBe(200);
    await sql`update workspaces set deleted_at = now() where id = ${shop.workspace}`.execute(server.app.db);
    expect((await open(server, ada.code)).status).toBe(404);
    await sql`update workspaces set deleted_at = null where id = ${shop.workspace}`.execute(server.app.db);
    const { token } = (await shop.in('POST', `/referrers/${ada.id}/embed-token`, {})).body;
    const suspend = (at: Date | null) =>
      sql`update users set suspended_at = ${at} where id = ${shop.owner.user.id}`.execute(server.app.db);
    await suspend(new Date());
    expect((await open(server, ada.code)).status).toBe(404);
    expect((await server.get('/api/embed/me', { token })).status).toBe(401);
    await suspend(null);
    expect((await open(server, ada.code)).status).toBe(302);
    expect((await shop.in('PATCH', '', { landingUrl: 'javascript:alert(1)' })).status).toBe(400);
  });
});

describe('a click', () => {
  it('is reported for pages of the product only, and credits within the window', async () => {
    const shop = await openShop(server, undefined, { allowedOrigins: ['https://app.example.com'] });
    const { code } = await shop.refer();
    const click = (url: string) => shop.track('click', { referralCode: code, url });
    expect((await click('https://app.example.com/a?b=c')).status).toBe(201);
    expect((await click('https://evil.example.net/')).body).toMatchObject({
      status: 400,
      errors: [{ path: 'url' }],
    });
    const { clickId } = (await click(`${LANDING}/x`)).body;
    await sql`update campaign_clicks set created_at = now() - interval '31 days' where id = ${clickId}`.execute(
      server.app.db,
    );
    for (const ignored of [clickId, 'garbage', '01979e8f-5a2b-7c31-9d4e-8f1a2b3c4d5e', shop.campaign]) {
      const lead = await shop.track('lead', { externalId: newExternalId(), clickId: ignored });
      expect([lead.status, lead.body.referralId]).toEqual([201, null]);
    }
  });

  it('stays counted after its row was deleted', async () => {
    const shop = await openShop(server);
    const ada = await shop.refer();
    await times(3, () => shop.track('click', { referralCode: ada.code }));
    await sql`update campaign_clicks set created_at = now() - interval '31 days' where referrer_id = ${ada.id}`.execute(
      server.app.db,
    );
    await shop.track('click', { referralCode: ada.code });
    await times(2, () => deleteOldClicks(server.app));
    expect(await shop.read(ada)).toMatchObject({ clicks: 4 });
  });
});

describe('an embed token', () => {
  it('shows a referrer the own numbers to pages of any origin, and opens nothing else', async () => {
    const shop = await openShop(server);
    const ada = await shop.refer({ name: 'Ada', email: 'ada@example.com' });
    const customer = await sell(shop, ada.code);
    const made = await shop.in('POST', `/referrers/${ada.id}/embed-token`, { expiresIn: 600 });
    expect(Date.parse(made.body.expiresAt) / 1_000 - nowInSeconds()).toBeGreaterThan(590);
    const { token } = made.body;
    const seen = await server.get('/api/embed/me', {
      token,
      headers: { origin: 'https://shop.example.com' },
    });
    expect(seen.headers.get('access-control-allow-origin')).toBe('*');
    expect(seen.body).toMatchObject({
      campaign: { name: 'Partners' },
      referrer: { code: ada.code, successful: 1, rewards: [{ balance: 1_000 }] },
      referrals: [{ status: 'successful' }],
      rewards: [{ amount: 1_000, state: 'granted' }],
    });
    for (const secret of [customer, 'ada@example.com'])
      expect(JSON.stringify(seen.body)).not.toContain(secret);
    for (const path of ['/api/me', `/api/campaigns/${shop.campaign}`])
      expect((await server.get(path, { token })).status).toBe(401);
    const preflight = await server.call('OPTIONS', '/api/embed/me', {
      headers: { origin: 'https://shop.example.com', 'access-control-request-method': 'GET' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'authorization',
    ]);
  });

  it('shows the newest rewards of the referrer, however many customers were rewarded as well', async () => {
    const shop = await openShop(server, { qualifiesBy: 'lead', referrerCredits: 2, referredCredits: 1 });
    const ada = await shop.refer();
    await times(26, () => shop.track('lead', { externalId: newExternalId(), referralCode: ada.code }));
    const { token } = (await shop.in('POST', `/referrers/${ada.id}/embed-token`)).body;
    const { rewards } = (await server.get('/api/embed/me', { token })).body;
    expect(rewards.map(({ amount }: { amount: number }) => amount)).toEqual(
      Array.from({ length: 26 }, () => 2),
    );
  });

  it('is refused if it is altered, too old, of another purpose, or of a deleted referrer', async () => {
    const shop = await openShop(server);
    const ada = await shop.refer();
    const { token } = (await shop.in('POST', `/referrers/${ada.id}/embed-token`)).body;
    const { embedSigner, gateSigner } = server.app;
    const wrong = [
      undefined,
      shop.owner.token,
      `${token}x`,
      embedSigner.sign(`${ada.id}.${nowInSeconds() - 1}`),
      gateSigner.sign(`${ada.id}.${nowInSeconds() + 60}`),
    ];
    for (const one of wrong)
      expect((await server.get('/api/embed/me', one ? { token: one } : {})).body.code).toBe(
        'UNAUTHENTICATED',
      );
    expect((await server.get('/api/embed/me', { cookie: `access_token=${token}` })).status).toBe(401);
    expect((await shop.in('POST', `/referrers/${ada.id}/embed-token`, { expiresIn: 3_601 })).status).toBe(
      400,
    );
    expect((await server.get('/api/embed/me', { token })).status).toBe(200);
    await shop.in('DELETE', `/referrers/${ada.id}`);
    expect((await server.get('/api/embed/me', { token })).status).toBe(401);
  });
});

it('the events of a programme go to its workspace, in order and as the catalogue says', async () => {
  const shop = await openShop(server, { basisPoints: 1_000, rewardKind: 'external', holdDays: 1 });
  const receiver = await startReceiver();
  await createHook(server, shop.owner, receiver.url, { workspaceId: shop.workspace });
  const ada = await shop.refer();
  const externalId = newExternalId();
  await shop.track('lead', { externalId, referralCode: ada.code, email: 'bob@example.com' });
  await shop.track('sale', { externalId, ...EUR });
  await passHolds();
  await shop.track('refund', { externalId });
  const types = [
    'referral.created',
    'lead.created',
    'sale.created',
    'referral.successful',
    'reward.granted',
    'sale.refunded',
    'reward.reversed',
    'referral.reversed',
  ] as const;
  await eventually(() => types.every((type) => receiver.ofType(type).length === 1));
  for (const type of types) {
    const event = receiver.ofType(type)[0]?.event;
    z.strictObject({
      type: z.literal(type),
      timestamp: z.iso.datetime(),
      data: EVENTS[type].data.strict(),
    }).parse(event);
    expect(JSON.stringify(event)).not.toContain('bob@example.com');
  }
  const dataOf = (type: string) => receiver.ofType(type)[0]?.event.data;
  const referrer = { id: ada.id, externalId: ada.externalId, code: ada.code };
  expect(dataOf('sale.created')).toMatchObject({ externalId, ...EUR, referrer, refundedAt: null });
  expect(dataOf('referral.successful')).toMatchObject({ externalId, referrer, campaignId: shop.campaign });
  expect(dataOf('reward.granted')).toMatchObject({
    kind: 'external',
    amount: 1_000,
    currency: 'EUR',
    credits: 0,
    externalId: ada.externalId,
  });
  expect(receiver.received).toHaveLength(types.length);
});
