import type { Trx } from '@linkgrove/db';
import { sql } from 'kysely';

/** Needs the lock on the account. Leaves what rewards in review may take. Returns the balance left, or undefined if it is too low. */
export async function spendUnheldCredits(
  trx: Trx,
  userId: string,
  cost: number,
): Promise<number | undefined> {
  const { rows } = await sql<{ balance: number }>`
    update credit_accounts set balance = balance - ${cost}::int
    where user_id = ${userId} and balance - ${cost}::int >= (
      select coalesce(sum(credits), 0) from rewards where user_id = ${userId} and state = 'review'
    )
    returning balance`.execute(trx);
  return rows[0]?.balance;
}

export async function findRedemptionByKey(trx: Trx, userId: string, key: string) {
  return trx
    .selectFrom('credit_entries')
    .select(['id', 'item', 'balance_after as balance', 'premium_until as premiumUntil'])
    .where('user_id', '=', userId)
    .where('idempotency_key', '=', key)
    .executeTakeFirst();
}

export async function insertRedemption(
  trx: Trx,
  entry: {
    id: string;
    userId: string;
    item: string;
    cost: number;
    key: string | null;
    balance: number;
    premiumUntil: Date | null;
  },
): Promise<void> {
  await trx
    .insertInto('credit_entries')
    .values({
      id: entry.id,
      user_id: entry.userId,
      amount: -entry.cost,
      kind: 'redemption',
      item: entry.item,
      idempotency_key: entry.key,
      balance_after: entry.balance,
      premium_until: entry.premiumUntil,
    })
    .execute();
}
