import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

/** Those of suspended users wait until the suspension ends. */
export async function listHeldRewardIds(db: Db, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('rewards as w')
    .innerJoin('users as u', 'u.id', 'w.user_id')
    .select('w.id')
    .where('w.state', '=', 'pending')
    .where('w.due_at', '<=', sql<Date>`now()`)
    .where('u.suspended_at', 'is', null)
    .orderBy('w.due_at')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Only one that is still pending and due. */
export async function lockHeldReward(trx: Trx, id: string) {
  const { rows } = await sql<{
    id: string;
    userId: string;
    referralId: string;
    role: 'referrer' | 'referred';
    credits: number;
    createdAt: Date;
    isDeleted: boolean;
  }>`
    select w.id, w.user_id as "userId", w.referral_id as "referralId", w.role, w.credits,
      w.created_at as "createdAt", u.deleted_at is not null as "isDeleted"
    from rewards w join users u on u.id = w.user_id
    where w.id = ${id} and w.state = 'pending' and w.due_at <= now() and u.suspended_at is null
    for update of w`.execute(trx);
  return rows[0];
}
