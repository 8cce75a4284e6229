import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';

/** A session ends by itself 30 days after its last refresh, and 180 days after it began at the latest. */
const newExpiry = sql<Date>`now() + interval '30 days'`;
const slidExpiry = sql<Date>`least(now() + interval '30 days', created_at + interval '180 days')`;

export async function insertSession(
  db: Db,
  session: { id: string; userId: string; tokenHash: Buffer; ip: string; userAgent: string | null },
): Promise<void> {
  await db
    .with('session', (qb) =>
      qb
        .insertInto('sessions')
        .values({
          id: session.id,
          user_id: session.userId,
          ip: session.ip,
          user_agent: session.userAgent,
          expires_at: newExpiry,
        })
        .returning('id'),
    )
    .insertInto('refresh_tokens')
    .columns(['token_hash', 'session_id'])
    .expression((eb) =>
      eb.selectFrom('session').select((s) => [s.val(session.tokenHash).as('token_hash'), 'session.id']),
    )
    .execute();
}

/**
 * Replaces a refresh token that is still the newest of a live session by its child, and prolongs the
 * session; undefined where it is not. Of parallel calls exactly one succeeds.
 */
export async function rotateToken(db: Db, tokenHash: Buffer, childHash: Buffer) {
  return db
    .with('parent', (qb) =>
      qb
        .updateTable('refresh_tokens')
        .from('sessions')
        .set({ rotated_at: sql`now()` })
        .where('token_hash', '=', tokenHash)
        .where('rotated_at', 'is', null)
        .whereRef('sessions.id', '=', 'refresh_tokens.session_id')
        .where('sessions.ended_at', 'is', null)
        .where('sessions.expires_at', '>', sql<Date>`now()`)
        .returning('refresh_tokens.session_id'),
    )
    .with('child', (qb) =>
      qb
        .insertInto('refresh_tokens')
        .columns(['token_hash', 'session_id'])
        .expression((eb) =>
          eb.selectFrom('parent').select((p) => [p.val(childHash).as('token_hash'), 'parent.session_id']),
        ),
    )
    .updateTable('sessions')
    .from('parent')
    .set({ last_used_at: sql`now()`, expires_at: slidExpiry })
    .whereRef('sessions.id', '=', 'parent.session_id')
    .returning(['sessions.id as sessionId', 'sessions.user_id as userId'])
    .executeTakeFirst();
}

/** Parallel tabs may send the token they had for this long after it was replaced. */
const GRACE = sql<Date>`now() - interval '10 seconds'`;

/** What became of a refresh token: whose it was, whether its session lives, and whether it was just replaced. */
export async function findToken(db: Db, tokenHash: Buffer) {
  return db
    .selectFrom('refresh_tokens as t')
    .innerJoin('sessions as s', 's.id', 't.session_id')
    .select([
      's.id as sessionId',
      's.user_id as userId',
      sql<boolean>`s.ended_at is null and s.expires_at > now()`.as('live'),
      sql<boolean>`coalesce(t.rotated_at > ${GRACE}, false)`.as('withinGrace'),
    ])
    .where('t.token_hash', '=', tokenHash)
    .executeTakeFirst();
}

/** The user of a live session, or undefined. */
export async function findLiveSession(db: Db, id: string) {
  return db
    .selectFrom('sessions')
    .select('user_id as userId')
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst();
}

export async function endSession(db: Db, id: string): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ ended_at: sql`now()` })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .execute();
}

/** Ends every live session of the user and returns their ids. */
export async function endSessionsOf(db: Db, userId: string): Promise<string[]> {
  const ended = await db
    .updateTable('sessions')
    .set({ ended_at: sql`now()` })
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .returning('id')
    .execute();
  return ended.map((session) => session.id);
}
