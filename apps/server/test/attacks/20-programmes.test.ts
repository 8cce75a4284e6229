import { grantDueRewards } from '@linkgrove/api/jobs';
import { requireHealthy } from '@linkgrove/api/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, times, useTestServer } from '../kit/index.ts';
import { endHolds, newExternalId, openShop, type Shop } from '../conversions/kit.ts';

const HOOK = 'http://localhost:9/';
const SALE = { amount: 10_000, currency: 'EUR' };

const server = useTestServer();
afterEach(() => requireHealthy(server.app));

const statusOf = ({ status, body }: Answer) => `${status} ${body?.code ?? ''}`.trim();

/** A programme with one of everything. */
async function fillShop(): Promise<
  Shop & Record<'referrer' | 'referral' | 'reward' | 'hook' | 'delivery', string>
> {
  const shop = await openShop(server, { basisPoints: 1_000, rewardKind: 'external' });
  const referrer = await shop.refer();
  const externalId = newExternalId();
  const sale = await shop.track('sale', { externalId, referralCode: referrer.code, ...SALE });
  const [reward] = await shop.rewards();
  const hook = await shop.api('POST', '/api/webhooks', { url: HOOK, events: ['sale.created'] });
  const test = await shop.api('POST', `/api/webhooks/${hook.body.id}/test`, { type: 'sale.created' });
  return {
    ...shop,
    referrer: referrer.id,
    referral: sale.body.referralId,
    reward: reward.id,
    hook: hook.body.id,
    delivery: test.body.deliveryId,
  };
}

type Ids = Record<'campaign' | 'referrer' | 'referral' | 'reward' | 'hook' | 'delivery', string>;
const listCalls = ({
  campaign,
  referrer,
  referral,
  reward,
  hook,
  delivery,
}: Ids): [string, string, object?][] => {
  const reason = { reason: 'An attack' };
  const [at, person] = [`/api/campaigns/${campaign}`, `/api/campaigns/${campaign}/referrers/${referrer}`];
  return [
    ['GET', person],
    ['PATCH', person, { enabled: false }],
    ['GET', `${person}/entries`],
    ['POST', `${person}/embed-token`, {}],
    ['POST', `${person}/spend`, { externalId: 'x', amount: 1 }],
    ['POST', `${at}/referrals/${referral}/reject`, reason],
    ['POST', `/api/webhooks/${hook}/deliveries/${delivery}/replay`],
    ['DELETE', person],
    ...(reward === ''
      ? []
      : ([
          ['POST', `/api/rewards/${reward}/fulfil`],
          ['POST', `/api/rewards/${reward}/reverse`, reason],
          ['POST', `/api/rewards/${reward}/waive`, reason],
        ] as [string, string, object?][])),
  ];
};
const listOwnCalls = ({ campaign, hook }: Ids): [string, string, object?][] => [
  ['GET', `/api/campaigns/${campaign}`],
  ['PATCH', `/api/campaigns/${campaign}`, { name: 'Stolen' }],
  ['GET', `/api/campaigns/${campaign}/versions`],
  ['POST', `/api/campaigns/${campaign}/versions`, { terms: {} }],
  ['POST', `/api/campaigns/${campaign}/end`],
  ['GET', `/api/campaigns/${campaign}/referrers`],
  ['POST', `/api/campaigns/${campaign}/referrers`, { externalId: 'thief' }],
  ['GET', `/api/campaigns/${campaign}/referrals`],
  ['GET', `/api/campaigns/${campaign}/rewards`],
  ['GET', `/api/campaigns/${campaign}/conversions`],
  ['GET', `/api/campaigns/${campaign}/referrals/export`],
  ['GET', `/api/campaigns/${campaign}/rewards/export`],
  ['GET', `/api/campaigns/${campaign}/ledger/export`],
  ['GET', `/api/webhooks/${hook}`],
  ['PATCH', `/api/webhooks/${hook}`, { url: 'http://localhost:9/thief' }],
  ['POST', `/api/webhooks/${hook}/rotate-secret`, {}],
  ['POST', `/api/webhooks/${hook}/test`, { type: 'sale.created' }],
  ['POST', `/api/webhooks/${hook}/recover`, { since: '2026-01-01T00:00:00Z' }],
  ['GET', `/api/webhooks/${hook}/deliveries`],
  ['DELETE', `/api/webhooks/${hook}`],
];

describe('the key of another workspace', () => {
  it('A13.20 reaches nothing of a programme, also with an own ID before the foreign one', async () => {
    const [shop, thief] = [await fillShop(), await fillShop()];
    const before = (await shop.in('GET', '/rewards')).body;
    const own = { campaign: thief.campaign, hook: thief.hook };
    const calls = [...listOwnCalls(shop), ...listCalls(shop), ...listCalls({ ...shop, ...own, reward: '' })];
    const answers = await Promise.all(
      calls.map(async ([method, path, body]) => [
        method,
        path,
        statusOf(await thief.api(method, path, body)),
      ]),
    );
    expect(answers).toEqual(calls.map(([method, path]) => [method, path, '404 NOT_FOUND']));
    const { workspace: workspaceId } = shop;
    for (const [type, body] of [
      ['click', { referralCode: 'x' }],
      ['lead', { externalId: 'x' }],
      ['sale', { externalId: 'x', ...SALE }],
      ['refund', { externalId: 'x' }],
    ] as const)
      expect(statusOf(await thief.track(type, { workspaceId, ...body }))).toBe('404 NOT_FOUND');
    expect((await shop.in('GET', '/rewards')).body).toEqual(before);
  });
});

describe('races for money', () => {
  it('A13.20 pay nothing for a sale that is refunded while it is reported or granted', async () => {
    const shop = await openShop(server, { basisPoints: 1_000, holdDays: 1, cap: 100, capPeriod: 'day' });
    const ada = await shop.refer();
    const externalId = newExternalId();
    const sale = { externalId, eventName: 'o1', referralCode: ada.code, ...SALE };
    await times(30, (n) =>
      n % 2 ? shop.track('sale', sale) : shop.track('refund', { externalId, eventName: 'o1' }),
    );
    await shop.track('refund', { externalId, eventName: 'o1' });
    const others = await times(10, async () => {
      const customer = newExternalId();
      await shop.track('sale', { ...sale, externalId: customer });
      return customer;
    });
    await endHolds(server);
    const refund = (n: number) => shop.track('refund', { externalId: others[n % 10], eventName: 'o1' });
    await Promise.all([times(20, refund), times(10, () => grantDueRewards(server.app))]);
    await times(10, refund);
    expect(await shop.read(ada)).toMatchObject({
      successful: 0,
      rewards: [{ unit: 'EUR', pending: 0, balance: 0, earned: 0 }],
    });
    const states = new Set((await shop.rewards()).map(({ state }) => state));
    expect(['cancelled', 'reversed'].filter((state) => states.delete(state)).length).toBeGreaterThan(0);
    expect(states.size).toBe(0);
  });

  it('A13.20 neither pay twice nor lose anything between fulfilment, refund, rejection and deletion', async () => {
    const shop = await openShop(server, { referrerCredits: 10, rewardKind: 'external' });
    const ada = await shop.refer();
    const sell = async (n: number) => {
      const sale = { externalId: `${ada.externalId}-${n}`, referralCode: ada.code, ...SALE };
      return { ...sale, referralId: (await shop.track('sale', sale)).body.referralId };
    };
    const sales = await times(10, sell);
    const rewards = await shop.rewards();
    await Promise.all([
      ...rewards.map(({ id }) => shop.api('POST', `/api/rewards/${id}/fulfil`)),
      ...sales.slice(0, 5).map(({ externalId }) => shop.track('refund', { externalId })),
      ...sales
        .slice(3, 8)
        .map(({ referralId }) => shop.in('POST', `/referrals/${referralId}/reject`, { reason: 'Fraud' })),
      ...sales.map((_, n) =>
        shop.in('POST', `/referrers/${ada.id}/spend`, { externalId: `gift-${n}`, amount: 7 }),
      ),
      shop.in('DELETE', `/referrers/${ada.id}`),
    ]);
    expect(await shop.rewards()).toHaveLength(10);
  });
});
