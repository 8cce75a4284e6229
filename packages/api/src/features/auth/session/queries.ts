import { createStatement, type Db, prepareQuery, type SqlPart, sqlPart } from '@linkgrove/db';
import { sql } from 'kysely';
import type { OriginMatch } from '../origins/policy.ts';
import { DEVICE_USE_INTERVAL_HOURS, LAST_USE_INTERVAL_SECONDS } from './policy.ts';

// As literals, which the planner knows, rather than as parameters.
const lastUseInterval = sql`make_interval(secs => ${sql.lit(LAST_USE_INTERVAL_SECONDS)})`;
const deviceUseInterval = sql`make_interval(hours => ${sql.lit(DEVICE_USE_INTERVAL_HOURS)})`;

export type NewSessionRow = {
  id: string;
  tokenHash: Buffer;
  ip: string;
  userAgent: string | null;
  networkHash: Buffer | null;
  deviceHash: Buffer;
  amr: readonly string[];
  idleSeconds: number;
};

export const insertSessionParts = (session: NewSessionRow) => ({
  session: sqlPart<'account'>`
    insert into sessions (id, user_id, user_agent, ip, network_hash, device_hash, amr, expires_at)
    select ${session.id}::uuid, id, ${session.userAgent}::text, ${session.ip}::text,
      ${session.networkHash}::bytea, ${session.deviceHash}::bytea, ${[...session.amr]}::text[],
      now() + make_interval(secs => ${session.idleSeconds}::int)
    from account
    returning id, user_id`,

  refreshToken: sqlPart<'session'>`
    insert into refresh_tokens (token_hash, session_id)
    select ${session.tokenHash}::bytea, id from session`,

  device: sqlPart<'session'>`
    insert into user_devices as d (device_hash, user_id)
    select ${session.deviceHash}::bytea, user_id from session
    on conflict (device_hash, user_id) do update set last_seen_at = now()
      where d.last_seen_at < now() - ${deviceUseInterval}`,
});

export type SessionParts = ReturnType<typeof insertSessionParts> & { origin: SqlPart<'session'> };

/** Returns what the user's earlier sign-ins have in common with this one. */
export async function insertSession(
  db: Db,
  userId: string,
  parts: SessionParts & { originMatch: SqlPart },
): Promise<OriginMatch> {
  const { rows } = await createStatement()
    .with('account', sqlPart`select ${userId}::uuid as id`)
    .with('session', parts.session)
    .with('refresh_token', parts.refreshToken)
    .with('device', parts.device)
    .with('origin', parts.origin)
    .toQuery<OriginMatch>(parts.originMatch)
    .execute(db);
  const [match] = rows;
  if (!match) throw new Error('The session was not stored');
  return match;
}

export async function isSessionLive(db: Db, id: string): Promise<boolean> {
  const session = await db
    .selectFrom('sessions')
    .select('id')
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst();
  return session !== undefined;
}

export async function isSessionFresh(db: Db, id: string, minutes: number): Promise<boolean> {
  const session = await db
    .selectFrom('sessions')
    .select('id')
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where('authenticated_at', '>', sql<Date>`now() - make_interval(mins => ${minutes})`)
    .executeTakeFirst();
  return session !== undefined;
}

export async function markSessionAuthenticated(db: Db, id: string): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ authenticated_at: sql`now()` })
    .where('id', '=', id)
    .execute();
}

const selectLiveSession = prepareQuery({ id: '' }, (db, { id }) =>
  db
    .selectFrom('sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .select(['s.user_id as userId', sql<boolean>`s.last_used_at < now() - ${lastUseInterval}`.as('stale')])
    .where('s.id', '=', id)
    .where('s.ended_at', 'is', null)
    .where('s.expires_at', '>', sql<Date>`now()`)
    .where('u.suspended_at', 'is', null)
    .where('u.deleted_at', 'is', null)
    .compile(),
);

/** `stale` if the last use must be stored again. */
export async function findLiveSession(db: Db, id: string) {
  const [session] = await selectLiveSession(db, { id });
  return session;
}

export async function touchSession(db: Db, id: string): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ last_used_at: sql`now()` })
    .where('id', '=', id)
    .execute();
}

export async function listSessionRows(
  db: Db,
  { userId, before, limit }: { userId: string; before: string | null; limit: number },
) {
  return db
    .selectFrom('sessions')
    .select([
      'id',
      'name',
      'amr',
      'user_agent as userAgent',
      'ip',
      'created_at as createdAt',
      'last_used_at as lastUsedAt',
    ])
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .$call((query) => (before === null ? query : query.where('id', '<', before)))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/** Returns false if the user has no such live session. */
export async function updateSessionName(
  db: Db,
  { id, userId, name }: { id: string; userId: string; name: string | null },
): Promise<boolean> {
  const result = await db
    .updateTable('sessions')
    .set({ name })
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
