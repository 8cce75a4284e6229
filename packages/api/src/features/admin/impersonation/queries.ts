import { daysAgoPart, type Db, deleteExpiredRows, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export async function insertImpersonation(
  trx: Trx,
  { id, userId, actorId, seconds }: { id: string; userId: string; actorId: string; seconds: number },
): Promise<void> {
  await trx
    .insertInto('impersonations')
    .values({
      id,
      user_id: userId,
      actor_id: actorId,
      expires_at: sql<Date>`now() + make_interval(secs => ${seconds})`,
    })
    .execute();
}

/** Both must still be what they were when it began, and the administrator in a session from before it. */
export async function findLiveImpersonation(db: Db, id: string) {
  return db
    .selectFrom('impersonations as i')
    .innerJoin('users as u', 'u.id', 'i.user_id')
    .innerJoin('users as a', 'a.id', 'i.actor_id')
    .select(['i.user_id as userId', 'i.actor_id as actorId'])
    .where('i.id', '=', id)
    .where('i.ended_at', 'is', null)
    .where('i.expires_at', '>', sql<Date>`now()`)
    .where('u.role', '=', 'user')
    .where('u.suspended_at', 'is', null)
    .where('u.deleted_at', 'is', null)
    .where('a.role', '=', 'admin')
    .where('a.suspended_at', 'is', null)
    .where('a.deleted_at', 'is', null)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('sessions as s')
          .select('s.id')
          .whereRef('s.user_id', '=', 'i.actor_id')
          .whereRef('s.created_at', '<=', 'i.created_at')
          .where('s.ended_at', 'is', null)
          .where('s.expires_at', '>', sql<Date>`now()`),
      ),
    )
    .executeTakeFirst();
}

/** Both those in which the user is impersonated and those in which the user impersonates others. */
export async function markImpersonationsEnded(trx: Trx, userId: string) {
  return trx
    .updateTable('impersonations')
    .set({ ended_at: sql`now()` })
    .where(({ eb, or }) => or([eb('user_id', '=', userId), eb('actor_id', '=', userId)]))
    .where('ended_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .returning(['id', 'user_id as userId'])
    .execute();
}

export const deleteImpersonationRows = (db: Db, days: number): Promise<void> =>
  deleteExpiredRows(db, { table: 'impersonations', by: sql`expires_at`, before: daysAgoPart(days) });
