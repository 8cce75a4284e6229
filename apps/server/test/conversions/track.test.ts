import { requireHealthy } from '@linkgrove/api/testing';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tally, times, useTestServer } from '../kit/index.ts';
import { newExternalId, openShop, type Shop } from './kit.ts';

const server = useTestServer();
let shop: Shop;
beforeAll(async () => {
  shop = await openShop(server);
});
afterEach(() => requireHealthy(server.app));

const EUR = { amount: 4_999, currency: 'EUR' };

describe('a lead', () => {
  it('refers the customer, and gets the same answer when repeated', async () => {
    const { code, id } = await shop.refer();
    const lead = { externalId: newExternalId(), referralCode: code.toUpperCase(), email: 'bob@example.com' };
    const first = await shop.track('lead', lead);
    expect([first.status, first.body]).toEqual([
      201,
      {
        id: expect.any(String),
        workspaceId: shop.workspace,
        type: 'lead',
        externalId: lead.externalId,
        eventName: 'lead',
        amount: null,
        currency: null,
        referralId: expect.any(String),
        createdAt: expect.any(String),
      },
    ]);
    const again = await shop.track('lead', lead);
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(await shop.read({ id })).toMatchObject({ referrals: 1, successful: 0, rewards: [] });
  });

  it('is refused if it is repeated with other contents', async () => {
    const { code } = await shop.refer();
    const lead = { externalId: newExternalId(), referralCode: code };
    await shop.track('lead', lead);
    for (const change of [{ email: 'x@example.com' }, { referralCode: undefined }, { clickId: 'other' }])
      expect((await shop.track('lead', { ...lead, ...change })).body).toMatchObject({
        status: 409,
        code: 'CONFLICT',
      });
    const sale = { ...lead, ...EUR, eventName: 'order-1' };
    await shop.track('sale', sale);
    for (const [other, change] of [
      ['another type', { eventName: 'lead' }],
      ['another amount', { amount: 1 }],
      ['another currency', { currency: 'USD' }],
      ['another clickId, referralCode or email', { clickId: 'other' }],
    ] as const)
      expect((await shop.track('sale', { ...sale, ...change })).body).toMatchObject({
        status: 409,
        detail: expect.stringContaining(other),
      });
  });

  it('is stored without a referral if nobody referred the customer, who is referred by nobody later', async () => {
    const { code, id } = await shop.refer();
    const externalId = newExternalId();
    expect((await shop.track('lead', { externalId })).body.referralId).toBeNull();
    expect((await shop.track('sale', { externalId, ...EUR, referralCode: code })).body.referralId).toBeNull();
    expect(await shop.read({ id })).toMatchObject({ referrals: 0 });
  });

  it('is refused with a code that no campaign of the workspace has', async () => {
    const other = await openShop(server);
    const { code } = await other.refer();
    for (const referralCode of ['nobody-has-this', shop.owner.user.referralCode, code, 'x'.repeat(64)]) {
      const externalId = newExternalId();
      const answer = await shop.track('lead', { externalId, referralCode });
      expect(answer.body).toMatchObject({ status: 422, code: 'INVALID_REFERRAL_CODE' });
    }
  });
});

describe('a sale', () => {
  it('rewards the referrer with a share in minor units, rounded down', async () => {
    const referrer = await shop.refer();
    const externalId = newExternalId();
    await shop.track('lead', { externalId, referralCode: referrer.code });
    const sale = await shop.track('sale', { externalId, eventName: 'order-1', ...EUR, currency: 'eur' });
    expect(sale.body).toMatchObject({ amount: 4_999, currency: 'EUR', eventName: 'order-1' });
    expect(await shop.read(referrer)).toMatchObject({
      successful: 1,
      rewards: [{ unit: 'EUR', pending: 0, balance: 499, earned: 499 }],
    });
  });

  it('too small for a share leaves the one reward to the next sale', async () => {
    const referrer = await shop.refer();
    const sale = { externalId: newExternalId(), referralCode: referrer.code, ...EUR };
    await shop.track('sale', { ...sale, eventName: 'a cent', amount: 9 });
    expect(await shop.read(referrer)).toMatchObject({ successful: 0, rewards: [] });
    await shop.track('sale', sale);
    expect(await shop.read(referrer)).toMatchObject({ successful: 1, rewards: [{ earned: 499 }] });
  });

  it('counts once when it is reported thirty times at once, and once with each of two contents', async () => {
    const referrer = await shop.refer();
    const sale = { externalId: newExternalId(), referralCode: referrer.code, ...EUR };
    const answers = await times(30, () => shop.track('sale', sale));
    expect(tally(answers)).toEqual({ 201: 30 });
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const externalId = newExternalId();
    const mixed = await times(30, (n) =>
      shop.track('sale', { ...sale, externalId, amount: n % 2 ? 100 : 200 }),
    );
    expect(tally(mixed)).toEqual({ 201: 15, '409 CONFLICT': 15 });
    const { rewards, referrals } = await shop.read(referrer);
    const amount = mixed.find(({ status }) => status === 201)?.body.amount;
    expect([referrals, rewards[0].balance]).toEqual([2, 499 + amount / 10]);
  });

  it.each([
    ['amount', { amount: 19.99 }],
    ['amount', { amount: -1 }],
    ['amount', { amount: '100' }],
    ['amount', { amount: 1e15 }],
    ['amount', { amount: 2 ** 53 }],
    ['currency', { currency: 'EURO' }],
    ['currency', { currency: 'QQQ' }],
    ['currency', { currency: undefined }],
    ['externalId', { externalId: '' }],
    ['eventName', { eventName: 'x'.repeat(256) }],
    ['price', { price: 1 }],
  ])('is refused with a wrong %s: %j', async (path, change) => {
    const { status, body } = await shop.track('sale', { externalId: newExternalId(), ...EUR, ...change });
    expect([status, body.errors?.[0]?.path]).toEqual([400, path]);
    expect(body.errors[0].message).not.toContain(String(Number.MAX_SAFE_INTEGER));
  });
});

describe('a refund', () => {
  it('takes the reward back once, when it is reported thirty times at once', async () => {
    const referrer = await shop.refer();
    const externalId = newExternalId();
    await shop.track('sale', { externalId, referralCode: referrer.code, eventName: 'o1', ...EUR });
    const answers = await times(30, () => shop.track('refund', { externalId, eventName: 'o1' }));
    expect(tally(answers)).toEqual({ 200: 30 });
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(await shop.read(referrer)).toMatchObject({
      successful: 0,
      rewards: [{ unit: 'EUR', balance: 0, earned: 0 }],
    });
    const { items } = (await shop.in('GET', `/referrals?externalId=${externalId}`)).body;
    expect(items).toMatchObject([{ status: 'rejected', reason: 'refunded' }]);
  });

  it('answers 404 unless there is such a sale', async () => {
    const externalId = newExternalId();
    await shop.track('lead', { externalId });
    for (const eventName of ['sale', 'lead', 'x'])
      expect((await shop.track('refund', { externalId, eventName })).body.code).toBe('NOT_FOUND');
    expect((await shop.track('refund', { externalId: 'nobody', eventName: 'x' })).status).toBe(404);
  });
});
