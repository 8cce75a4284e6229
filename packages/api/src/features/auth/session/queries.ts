import { type Db, preparedMark } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';

/** A session ends by itself 30 days after its last refresh, and 180 days after it began at the latest. */
const newExpiry = sql<Date>`now() + interval '30 days'`;
const slidExpiry = sql<Date>`least(now() + interval '30 days', created_at + interval '180 days')`;

export type NewSessionRow = {
  id: string;
  userId: string;
  tokenHash: Buffer;
  ip: string;
  userAgent: string | null;
  networkHash: Buffer | null;
  deviceHash: Buffer;
};

/** Parts of a statement whose `account` signs in: the session, its first token, and the device it is on. */
export const insertSessionParts = (session: NewSessionRow): RawBuilder<unknown> => sql`
  session as (
    insert into sessions (id, user_id, user_agent, ip, network_hash, expires_at)
    select ${session.id}::uuid, id, ${session.userAgent}::text, ${session.ip}::text,
      ${session.networkHash}::bytea, ${newExpiry}
    from account
    returning id, user_id
  ),
  refresh_token as (
    insert into refresh_tokens (token_hash, session_id) select ${session.tokenHash}::bytea, id from session
  ),
  device as (
    insert into user_devices as d (device_hash, user_id)
    select ${session.deviceHash}::bytea, user_id from session
    on conflict (device_hash, user_id) do update set last_seen_at = now()
      where d.last_seen_at < now() - interval '1 day'
  )`;

export async function insertSession(db: Db, session: NewSessionRow): Promise<void> {
  await sql`with account (id) as (values (${session.userId}::uuid)), ${insertSessionParts(session)} select`.execute(
    db,
  );
}

/** Forgets devices that were not used for 90 days. */
export async function deleteUnusedDevices(db: Db): Promise<void> {
  await db
    .deleteFrom('user_devices')
    .where('last_seen_at', '<', sql<Date>`now() - interval '90 days'`)
    .execute();
}

/** Forgets the devices of a user. */
export async function deleteDevicesByUser(db: Db, userId: string): Promise<void> {
  await db.deleteFrom('user_devices').where('user_id', '=', userId).execute();
}

/**
 * Replaces a refresh token that is still the newest of a live session by its child, and prolongs the
 * session; undefined where it is not. Of parallel calls exactly one succeeds.
 */
export async function rotateRefreshToken(db: Db, tokenHash: Buffer, childHash: Buffer) {
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
export async function findRefreshToken(db: Db, tokenHash: Buffer) {
  return db
    .selectFrom('refresh_tokens as t')
    .innerJoin('sessions as s', 's.id', 't.session_id')
    .select([
      's.id as sessionId',
      's.user_id as userId',
      sql<boolean>`s.ended_at is null and s.expires_at > now()`.as('live'),
      sql<boolean>`coalesce(t.rotated_at > ${GRACE}, false)`.as('withinGrace'),
      sql<boolean>`t.rotated_at is null`.as('current'),
    ])
    .where('t.token_hash', '=', tokenHash)
    .executeTakeFirst();
}

/** The user of a live session, and whether its last use was written down more than a minute ago. */
export async function findLiveSession(db: Db, id: string) {
  return db
    .selectFrom('sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .modifyFront(preparedMark)
    .select(['s.user_id as userId', sql<boolean>`s.last_used_at < now() - interval '1 minute'`.as('stale')])
    .where('s.id', '=', id)
    .where('s.ended_at', 'is', null)
    .where('s.expires_at', '>', sql<Date>`now()`)
    .where('u.suspended_at', 'is', null)
    .where('u.deleted_at', 'is', null)
    .executeTakeFirst();
}

export async function touchSession(db: Db, id: string): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ last_used_at: sql`now()` })
    .where('id', '=', id)
    .execute();
}

/** The user's live sessions, the newest first. */
export async function listSessionRows(
  db: Db,
  page: { userId: string; before: string | null; limit: number },
) {
  return db
    .selectFrom('sessions')
    .select(['id', 'user_agent as userAgent', 'ip', 'created_at as createdAt', 'last_used_at as lastUsedAt'])
    .where('user_id', '=', page.userId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .$if(page.before !== null, (query) => query.where('id', '<', page.before as string))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();
}

/** Ends a session, of this user if one is given; false if there was none to end. */
export async function markSessionEnded(db: Db, id: string, userId?: string): Promise<boolean> {
  const result = await db
    .updateTable('sessions')
    .set({ ended_at: sql`now()` })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .$if(userId !== undefined, (query) => query.where('user_id', '=', userId as string))
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Deletes every session of the user, with the addresses and devices it came from. */
export async function deleteSessionsByUser(db: Db, userId: string): Promise<string[]> {
  const deleted = await db.deleteFrom('sessions').where('user_id', '=', userId).returning('id').execute();
  return deleted.map((session) => session.id);
}

/** Deletes sessions that ended or expired more than a month ago. */
export async function deleteEndedSessions(db: Db): Promise<void> {
  await db
    .deleteFrom('sessions')
    .where(sql<boolean>`least(ended_at, expires_at) < now() - interval '30 days'`)
    .execute();
}

/** Ends every live session of the user, but for the one to keep, and returns their ids. */
export async function markSessionsEnded(db: Db, userId: string, keep?: string): Promise<string[]> {
  const ended = await db
    .updateTable('sessions')
    .set({ ended_at: sql`now()` })
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .$if(keep !== undefined, (query) => query.where('id', '!=', keep as string))
    .returning('id')
    .execute();
  return ended.map((session) => session.id);
}
