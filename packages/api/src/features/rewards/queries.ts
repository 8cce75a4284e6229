import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { newId } from '../../core/ids.ts';

/** Credits one side of a referral, with its entry in the ledger; a second time changes nothing. */
export async function insertReward(
  trx: Trx,
  reward: { userId: string; referralId: string; role: 'referrer' | 'referred'; credits: number },
): Promise<void> {
  await trx
    .with('reward', (qb) =>
      qb
        .insertInto('rewards')
        .values({
          id: newId(),
          user_id: reward.userId,
          referral_id: reward.referralId,
          role: reward.role,
          credits: reward.credits,
        })
        .onConflict((conflict) => conflict.constraint('rewards_referral_id_role_key').doNothing())
        .returning(['id', 'user_id', 'credits']),
    )
    .insertInto('credit_entries')
    .columns(['id', 'user_id', 'amount', 'kind', 'reward_id'])
    .expression((eb) =>
      eb
        .selectFrom('reward')
        .select((r) => [
          r.val(newId()).as('id'),
          'reward.user_id',
          'reward.credits',
          sql<'reward'>`'reward'`.as('kind'),
          'reward.id as reward_id',
        ]),
    )
    .execute();
}

/** The user's balance: the sum of the ledger. */
export async function sumEntries(db: Db, userId: string): Promise<number> {
  const row = await db
    .selectFrom('credit_entries')
    .select(sql<number>`coalesce(sum(amount), 0)::bigint`.as('balance'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  return row.balance;
}

/** A page of the user's entries, newest first; fetches one row more than the page holds. */
export async function listEntries(db: Db, page: { userId: string; before: string | null; limit: number }) {
  return db
    .selectFrom('credit_entries as e')
    .leftJoin('rewards as r', 'r.id', 'e.reward_id')
    .select([
      'e.id',
      'e.kind',
      'e.amount',
      'e.item',
      'r.referral_id as referralId',
      'e.created_at as createdAt',
    ])
    .where('e.user_id', '=', page.userId)
    .$if(page.before !== null, (query) => query.where('e.id', '<', page.before as string))
    .orderBy('e.id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Holds the user's account until the transaction ends, so that redemptions take turns. */
export async function lockAccount(trx: Trx, userId: string): Promise<void> {
  await trx
    .insertInto('credit_accounts')
    .values({ user_id: userId, balance: 0 })
    .onConflict((conflict) => conflict.column('user_id').doNothing())
    .execute();
  await trx
    .selectFrom('credit_accounts')
    .select('user_id')
    .where('user_id', '=', userId)
    .forUpdate()
    .execute();
}

/** Notes what is left; throws `credit_accounts_not_negative` where it would be less than nothing. */
export async function setBalance(trx: Trx, userId: string, balance: number): Promise<void> {
  await trx.updateTable('credit_accounts').set({ balance }).where('user_id', '=', userId).execute();
}

/** The redemption that was made with a key, if there is one. */
export async function findRedemption(trx: Trx, userId: string, key: string) {
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
    premiumUntil: Date;
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
