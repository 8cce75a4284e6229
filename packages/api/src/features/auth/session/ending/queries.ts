import { daysAgoPart, type Db, deleteExpiredRows, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export async function markOldestSessionsEnded(trx: Trx, userId: string, keep: number): Promise<string[]> {
  const ended = await trx
    .updateTable('sessions')
    .set({ ended_at: sql`now()` })
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('sessions')
        .select('id')
        .where('user_id', '=', userId)
        .where('ended_at', 'is', null)
        .where('expires_at', '>', sql<Date>`now()`)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .offset(keep),
    )
    .returning('id')
    .execute();
  return ended.map((session) => session.id);
}

export async function markSessionEnded(db: Db, id: string, userId?: string): Promise<boolean> {
  const result = await db
    .updateTable('sessions')
    .set({ ended_at: sql`now()` })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .$call((query) => (userId === undefined ? query : query.where('user_id', '=', userId)))
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function deleteSessionsByUser(db: Db, userId: string): Promise<string[]> {
  const deleted = await db.deleteFrom('sessions').where('user_id', '=', userId).returning('id').execute();
  return deleted.map((session) => session.id);
}

/** Their tokens go with them. */
export const deleteEndedSessions = (db: Db, days: number): Promise<void> =>
  deleteExpiredRows(db, {
    table: 'sessions',
    by: sql`least(ended_at, expires_at)`,
    before: daysAgoPart(days),
  });

/** The given one, and the user's that began after it. */
export async function markSessionsEndedSince(db: Db, userId: string, id: string): Promise<string[]> {
  const ended = await db
    .updateTable('sessions')
    .set({ ended_at: sql`now()` })
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .where('created_at', '>=', (eb) =>
      eb.selectFrom('sessions as first').select('first.created_at').where('first.id', '=', id),
    )
    .returning('id')
    .execute();
  return ended.map((session) => session.id);
}

export async function markSessionsEnded(db: Db, userId: string, keep?: string): Promise<string[]> {
  const ended = await db
    .updateTable('sessions')
    .set({ ended_at: sql`now()` })
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .$call((query) => (keep === undefined ? query : query.where('id', '!=', keep)))
    .returning('id')
    .execute();
  return ended.map((session) => session.id);
}
