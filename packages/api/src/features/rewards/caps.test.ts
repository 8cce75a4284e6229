import { type Db, openDatabase, withTransaction } from '@linkgrove/db';
import { cloneDatabase } from '@linkgrove/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { generateId } from '../../core/crypto/ids.ts';
import { grantReward, settleCredits } from './service.ts';

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

/** A referrer with so many referrals; the ids of these. */
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

/** Does all of it, 64 at a time. */
async function crowd(calls: string[], act: (id: string) => Promise<void>): Promise<void> {
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
    grantReward(trx, rewardOf(userId, referralId), { cap, capPeriod: 'month' }),
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
  it('25. under 64 parallel grants gives exactly twenty rewards, and stores the rest as capped', async () => {
    const { userId, referralIds } = await insertReferrals(64);
    await crowd(referralIds, (id) => give(userId, id, 20));
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

  it('26. under 640 calls for one referral gives one reward, takes one place and writes one entry', async () => {
    const { userId, referralIds } = await insertReferrals(1);
    await crowd(
      Array.from({ length: 640 }, () => referralIds[0] as string),
      (id) => give(userId, id, 20),
    );
    expect(await statesOf(userId)).toEqual([['granted', 1]]);
    expect(await count(sql`select granted as count from reward_caps where user_id = ${userId}`)).toBe(1);
    expect(await count(sql`select count(*) as count from credit_entries where user_id = ${userId}`)).toBe(1);
  });

  it('26. each of 64 asked for ten times in any order, still gives twenty', async () => {
    const { userId, referralIds } = await insertReferrals(64);
    const calls = referralIds.flatMap((id) => Array.from({ length: 10 }, () => id));
    calls.sort((a, b) => a.slice(-5).localeCompare(b.slice(-5)));
    await crowd(calls, (id) => give(userId, id, 20));
    expect(await statesOf(userId)).toEqual([
      ['capped', 44],
      ['granted', 20],
    ]);
    expect(await count(sql`select granted as count from reward_caps where user_id = ${userId}`)).toBe(20);
  });

  it('that is lowered takes nothing back and gives nothing more; one that is raised gives the difference', async () => {
    const { userId, referralIds } = await insertReferrals(8);
    const caps = [3, 3, 3, 2, 3, 5, 5, 5];
    for (const [index, cap] of caps.entries()) await give(userId, referralIds[index] as string, cap);
    expect(await statesOf(userId)).toEqual([
      ['capped', 3],
      ['granted', 5],
    ]);
  });

  it('cannot be passed in the database itself', async () => {
    const { userId, referralIds } = await insertReferrals(1);
    await give(userId, referralIds[0] as string, 1);
    for (const granted of [2, -1]) {
      await expect(
        db.updateTable('reward_caps').set({ granted }).where('user_id', '=', userId).execute(),
      ).rejects.toThrow('reward_caps_within_cap');
    }
  });
});
