import { type Db, openDatabase, withTransaction } from '@linkgrove/db';
import { cloneDatabase } from '@linkgrove/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { generateId } from '../../core/crypto/ids.ts';
import { reverseRewards } from './reversals/service.ts';
import { getCreditAccount, grantReward, settleCredits } from './service.ts';

let db: Db;
let close: () => Promise<void>;
beforeAll(async () => {
  const database = await cloneDatabase(inject('databaseServerUrl'));
  const opened = openDatabase({ url: database.url, statementTimeout: 20_000 });
  db = opened.db;
  close = async () => {
    await opened.close();
    await database.drop();
  };
});
afterAll(() => close());

async function insertUser(id: string, referredBy: string | null): Promise<void> {
  const name = `u${id.replaceAll('-', '').slice(-20)}`;
  const linkId = generateId();
  await sql`
    with account as (
      insert into users (id, username, email, email_canonical, password_hash, referral_code, referred_by)
      values (${id}, ${name}, ${`${name}@mail.test`}, ${`${name}@mail.test`}, 'x', ${name}, ${referredBy})
    ), link as (insert into referral_links (id, user_id, code) values (${linkId}, ${id}, ${name}))
    insert into referral_codes (code, link_id, user_id) values (${name}, ${linkId}, ${id})`.execute(db);
}

async function insertReferral(referrerId: string, referredUserId: string): Promise<string> {
  const id = generateId();
  await insertUser(referredUserId, referrerId);
  await sql`
    insert into referrals (id, referrer_id, referred_user_id, link_id, campaign_version_id)
    select ${id}, ${referrerId}, ${referredUserId}, l.id, v.id
    from referral_links l, referral_campaign_versions v where l.user_id = ${referrerId} limit 1`.execute(db);
  return id;
}

/** Waits until exactly this many statements wait for a lock. */
const untilWaiting = (statements: number) =>
  expect
    .poll(async () => {
      const { rows } = await sql<{ count: number }>`
        select count(*) as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
      return rows[0]?.count;
    })
    .toBe(statements);

it('reversing rewards of two users and settling the credits of both never deadlock', async () => {
  const { id: campaignId } = await db.selectFrom('referral_campaigns').select('id').executeTakeFirstOrThrow();
  const [referrerId, referredUserId] = [generateId(), generateId()].toSorted() as [string, string];
  await insertUser(referrerId, null);
  const referralId = await insertReferral(referrerId, referredUserId);
  const cap = { cap: 5, capPeriod: 'all' as const, timezone: 'UTC' as const };
  const give = (role: 'referrer' | 'referred', userId: string, of: string) =>
    withTransaction({ db }, (trx) =>
      grantReward(
        trx,
        { userId, referralId: of, campaignId, role, credits: 10, holdDays: 0 },
        role === 'referrer' ? cap : null,
      ),
    );
  await give('referrer', referrerId, referralId);
  await give('referred', referredUserId, referralId);
  const another = await insertReferral(referrerId, generateId());

  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  // Locks the referrer's slot under the cap, so that the reversal waits there while it holds the first account.
  const holding = db.transaction().execute(async (trx) => {
    await sql`select granted from reward_windows where user_id = ${referrerId} for update`.execute(trx);
    await held;
  });
  const reversal = withTransaction({ db }, (trx) => reverseRewards(trx, { id: referralId, referrerId }));
  await untilWaiting(1);
  // Meanwhile the referrer earns credits that no cap counts.
  await withTransaction({ db }, (trx) =>
    grantReward(
      trx,
      { userId: referrerId, referralId: another, campaignId, role: 'referred', credits: 10, holdDays: 0 },
      null,
    ),
  );
  const settlement = settleCredits({ db });
  await untilWaiting(2);
  release();
  const results = await Promise.allSettled([holding, reversal, settlement]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  expect(await getCreditAccount({ db }, referrerId)).toEqual({
    balance: 10,
    earned: 10,
    pending: 0,
    held: 0,
  });
  expect(await getCreditAccount({ db }, referredUserId)).toEqual({
    balance: 0,
    earned: 0,
    pending: 0,
    held: 0,
  });
});
