import { expect } from 'vitest';
import { grantDueRewards } from '@linkgrove/api/jobs';
import { sql } from 'kysely';
import type { TestServer } from '../kit/index.ts';
import { newExternalId, openShop, type Shop } from './kit.ts';

/** Creates every kind of referral, reward and ledger entry in the campaigns of workspaces. */
export async function createConversionHistory(server: TestServer): Promise<void> {
  const sell = async (shop: Shop, code: string, externalId = newExternalId()) => {
    const sale = { externalId, referralCode: code, amount: 2_500, currency: 'EUR' };
    expect((await shop.track('sale', sale)).status).toBe(201);
    return externalId;
  };
  const share = {
    basisPoints: 1_000,
    referredCredits: 5,
    cap: 2,
    capPeriod: 'month',
    rewardKind: 'external',
  };
  const shop = await openShop(server, share);
  const ada = await shop.refer();
  await sell(shop, ada.code, ada.externalId);
  const [first, second] = [await sell(shop, ada.code), await sell(shop, ada.code)];
  await sell(shop, ada.code);
  expect((await shop.rewards()).map(({ state }) => state)).toContain('capped');
  await shop.track('refund', { externalId: second, eventName: 'sale' });
  await sell(shop, ada.code);
  const rewardOf = async (externalId: string) => {
    const { items } = (await shop.in('GET', `/referrals?externalId=${externalId}`)).body;
    return (await shop.rewards()).find((one) => one.referralId === items[0].id && one.role === 'referrer');
  };
  expect((await shop.api('POST', `/api/rewards/${(await rewardOf(first)).id}/fulfil`)).status).toBe(200);

  const credits = await openShop(server, { qualifiesBy: 'lead', referrerCredits: 10, holdDays: 30 });
  const bob = await credits.refer();
  const lead = async () => {
    const { body } = await credits.track('lead', { externalId: newExternalId(), referralCode: bob.code });
    return body.referralId;
  };
  const spent = await lead();
  await sql`update campaign_rewards set due_at = now() where referral_id = ${spent}`.execute(server.app.db);
  await grantDueRewards(server.app);
  const path = `/referrers/${bob.id}/spend`;
  expect((await credits.in('POST', path, { externalId: 'gift', amount: 8 })).status).toBe(201);
  const reject = (id: string) => credits.in('POST', `/referrals/${id}/reject`, { reason: 'A test' });
  expect((await reject(spent)).status).toBe(200);
  expect((await reject(await lead())).status).toBe(200);
  await lead();
  const states = (await credits.rewards()).map(({ state }) => state);
  expect(states.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
    'cancelled',
    'pending',
    'review',
  ]);
}

const STATUS = 'campaign referral status = status after the newest event';
const NAMED = 'campaign referrers were named before their customers';
const QUALIFIED = 'campaign referrals were qualified by a conversion of their customer that counts';
const CODES = 'codes of campaign referrers are in the register of codes';
const PROMISED = 'campaign rewards are what their terms promise';
const BOTH = 'conversions that qualified a campaign referral are rewarded on both sides';
const TAKEN_BACK = 'campaign rewards are taken back exactly with their sale, referral or referrer';
const SLOTS = 'slots taken under caps of campaigns = rewards of the period, and ≤ the cap';
const CAPPED = 'campaign rewards are capped only when all slots were taken, and store the period otherwise';
const LEDGER = 'campaign rewards = their ledger entries';
const BALANCES = 'balances of campaigns = ledger sums, and ≥ 0';

const updateRow = (table: string, change: string, where = 'true') =>
  `update ${table} set ${change} where ctid = (select ctid from ${table} where ${where} limit 1)`;
const deleteRow = (table: string, where: string) =>
  `delete from ${table} where ctid = (select ctid from ${table} where ${where} limit 1)`;

/** As the faults of the platform's referrals. */
export const CONVERSION_FAULTS: [what: string, fault: string[], found: string[]][] = [
  [
    "a customer's success that was never noted",
    [
      deleteRow(
        'campaign_referral_events',
        "to_status = 'successful' and referral_id in (select id from campaign_referrals where status = 'successful')",
      ),
    ],
    [STATUS],
  ],
  [
    'a circle of customers',
    [
      'alter table campaign_referrals drop constraint campaign_referrals_acyclic',
      updateRow('campaign_referrals', 'referrer_person_id = person_id', "status = 'successful'"),
    ],
    [NAMED],
  ],
  [
    'a referral that a refunded sale holds',
    [
      updateRow(
        'conversions',
        'refunded_at = now()',
        "id in (select conversion_id from campaign_rewards where state = 'fulfilled')",
      ),
    ],
    [QUALIFIED, TAKEN_BACK],
  ],
  ['a code that is free again', [deleteRow('referral_codes', 'referrer_id is not null')], [CODES]],
  [
    'a reward above the share',
    [updateRow('campaign_rewards', 'amount = amount + 1', "state = 'pending'")],
    [PROMISED],
  ],
  ['a sale whose reward was never given', [deleteRow('campaign_rewards', "state = 'pending'")], [BOTH]],
  [
    'a reward that outlived its sale',
    [updateRow('campaign_rewards', "state = 'granted'", "state = 'reversed' and role = 'referred'")],
    [TAKEN_BACK, LEDGER],
  ],
  ['a slot that nobody took', [updateRow('campaign_caps', 'granted = granted - 1')], [SLOTS]],
  [
    'a reward counted in another month',
    [updateRow('campaign_rewards', "cap_period = '2000-01'", "state = 'granted' and cap_period is not null")],
    [SLOTS, CAPPED],
  ],
  [
    'an entry that was raised',
    [updateRow('campaign_entries', 'amount = amount + 1', "kind = 'reward'")],
    [LEDGER, BALANCES],
  ],
  ['a redemption that is gone', [deleteRow('campaign_entries', "kind = 'redemption'")], [BALANCES]],
  [
    'a balance that was lowered',
    [updateRow('campaign_balances', 'balance = balance - 1', 'balance > 0')],
    [BALANCES],
  ],
];
