import { type Db, openDatabase, withTransaction } from '@linkgrove/db';
import { cloneDatabase } from '@linkgrove/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { generateId } from '../../../core/crypto/ids.ts';
import { grantReward, settleCredits } from '../service.ts';

let db: Db;
let close: () => Promise<void>;
let campaignId: string;
beforeAll(async () => {
  const database = await cloneDatabase(inject('databaseServerUrl'));
  const opened = openDatabase({ url: database.url, maxConnections: 64, statementTimeout: 20_000 });
  db = opened.db;
  close = async () => {
    await opened.close();
    await database.drop();
  };
  ({ id: campaignId } = await db.selectFrom('referral_campaigns').select('id').executeTakeFirstOrThrow());
});
afterAll(() => close());

async function insertUser(referredBy: string | null): Promise<string> {
  const id = generateId();
  const name = `u${id.replaceAll('-', '').slice(-20)}`;
  const linkId = generateId();
  await sql`
    with account as (
      insert into users (id, username, email, email_canonical, password_hash, referral_code, referred_by)
      values (${id}, ${name}, ${`${name}@mail.test`}, ${`${name}@mail.test`}, 'x', ${name}, ${referredBy})
    ), link as (
      insert into referral_links (id, user_id, code) values (${linkId}, ${id}, ${name})
    )
    insert into referral_codes (code, link_id, user_id) values (${name}, ${linkId}, ${id})`.execute(db);
  return id;
}

/** Inserts a referrer with `count` referrals. */
async function insertReferrals(count: number): Promise<{ userId: string; referralIds: string[] }> {
  const userId = await insertUser(null);
  const referralIds: string[] = [];
  for (let n = 0; n < count; n++) {
    const id = generateId();
    const referredUserId = await insertUser(userId);
    await sql`
      insert into referrals (id, referrer_id, referred_user_id, link_id, campaign_version_id)
      select ${id}, ${userId}, ${referredUserId}, l.id, v.id
      from referral_links l, referral_campaign_versions v where l.user_id = ${userId} limit 1`.execute(db);
    referralIds.push(id);
  }
  return { userId, referralIds };
}

/** Runs `act` for each id, 64 at a time. */
async function runInParallel(calls: string[], act: (id: string) => Promise<void>): Promise<void> {
  const waiting = [...calls];
  const work = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await act(id);
  };
  await Promise.all(Array.from({ length: 64 }, work));
}

const rewardOf = (userId: string, referralId: string) => ({
  userId,
  referralId,
  campaignId,
  role: 'referrer' as const,
  credits: 10,
});
const give = (userId: string, referralId: string, cap: number) =>
  withTransaction({ db }, (trx) =>
    grantReward(trx, rewardOf(userId, referralId), { cap, capPeriod: 'month', timezone: 'UTC' }),
  );
const count = async (query: ReturnType<typeof sql<{ count: number }>>) =>
  (await query.execute(db)).rows[0]?.count;
const statesOf = async (userId: string) =>
  (
    await sql<{ state: string; count: number }>`
      select state, count(*) as count from rewards where user_id = ${userId} group by state order by state`.execute(
      db,
    )
  ).rows.map(({ state, count: of }) => [state, of]);

describe('a cap of twenty', () => {
  it('25. pays exactly twenty of 64 parallel grants, and stores the rest as capped', async () => {
    const { userId, referralIds } = await insertReferrals(64);
    await runInParallel(referralIds, (id) => give(userId, id, 20));
    expect(await statesOf(userId)).toEqual([
      ['capped', 44],
      ['granted', 20],
    ]);
    expect(await count(sql`select count(*) as count from credit_entries where user_id = ${userId}`)).toBe(20);
    await settleCredits({ db });
    const account = await db
      .selectFrom('credit_accounts')
      .select(['balance', 'earned'])
      .where('user_id', '=', userId)
      .executeTakeFirst();
    expect(account).toEqual({ balance: 200, earned: 200 });
  });

  it('26. grants one reward, takes one slot and writes one ledger entry under 640 calls for one referral', async () => {
    const { userId, referralIds } = await insertReferrals(1);
    await runInParallel(
      Array.from({ length: 640 }, () => referralIds[0] as string),
      (id) => give(userId, id, 20),
    );
    expect(await statesOf(userId)).toEqual([['granted', 1]]);
    expect(await count(sql`select granted as count from reward_windows where user_id = ${userId}`)).toBe(1);
    expect(await count(sql`select count(*) as count from credit_entries where user_id = ${userId}`)).toBe(1);
  });

  it('26. still pays twenty if each of 64 rewards is granted ten times in any order', async () => {
    const { userId, referralIds } = await insertReferrals(64);
    const calls = referralIds.flatMap((id) => Array.from({ length: 10 }, () => id));
    calls.sort((a, b) => a.slice(-5).localeCompare(b.slice(-5)));
    await runInParallel(calls, (id) => give(userId, id, 20));
    expect(await statesOf(userId)).toEqual([
      ['capped', 44],
      ['granted', 20],
    ]);
    expect(await count(sql`select granted as count from reward_windows where user_id = ${userId}`)).toBe(20);
  });

  it('takes nothing back when it is lowered, and pays the difference when it is raised', async () => {
    const { userId, referralIds } = await insertReferrals(8);
    const caps = [3, 3, 3, 2, 3, 5, 5, 5];
    for (const [index, cap] of caps.entries()) await give(userId, referralIds[index] as string, cap);
    expect(await statesOf(userId)).toEqual([
      ['capped', 3],
      ['granted', 5],
    ]);
  });

  it('cannot be exceeded in the database itself', async () => {
    const { userId, referralIds } = await insertReferrals(1);
    await give(userId, referralIds[0] as string, 1);
    for (const granted of [2, -1]) {
      await expect(
        db.updateTable('reward_windows').set({ granted }).where('user_id', '=', userId).execute(),
      ).rejects.toThrow('reward_windows_within_cap');
    }
  });
});
