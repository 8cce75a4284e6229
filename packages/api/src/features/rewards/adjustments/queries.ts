import type { Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export type Adjustment = { id: string; userId: string; amount: number; reason: string; actorId: string };

/** Needs the lock on the account. Returns undefined if the balance is too low. */
export async function insertAdjustment(
  trx: Trx,
  { id, userId, amount, reason, actorId }: Adjustment,
): Promise<{ balance: number; createdAt: Date } | undefined> {
  const { rows } = await sql<{ balance: number; createdAt: Date }>`
    with account as (
      update credit_accounts set balance = balance + ${amount}::int, earned = earned + ${amount}::int
      where user_id = ${userId} and balance + ${amount}::int >= 0
      returning balance
    )
    insert into credit_entries (id, user_id, amount, kind, balance_after, reason, actor_id)
    select ${id}::uuid, ${userId}::uuid, ${amount}::int, case when ${amount}::int > 0 then 'grant' else 'deduction' end,
      balance, ${reason}, ${actorId}::uuid
    from account
    returning balance_after as balance, created_at as "createdAt"`.execute(trx);
  return rows[0];
}
