import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';
import { REFRESH_GRACE_SECONDS } from '../policy.ts';

// A literal, which the planner knows, rather than a parameter.
const graceTime = sql`make_interval(secs => ${sql.lit(REFRESH_GRACE_SECONDS)})`;

/** `maxSeconds` is the most that a session lasts, however often it is refreshed. */
type SessionLimits = { idleSeconds: number; maxSeconds: number };

/** Only the newest token of a live session is replaced. Of parallel calls exactly one succeeds. */
export async function rotateRefreshToken(
  db: Db,
  { tokenHash, childHash, limits }: { tokenHash: Buffer; childHash: Buffer; limits: SessionLimits },
) {
  const { idleSeconds, maxSeconds } = limits;
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
    .set({
      last_used_at: sql`now()`,
      expires_at: sql`least(
        now() + make_interval(secs => ${idleSeconds}), created_at + make_interval(secs => ${maxSeconds}))`,
    })
    .whereRef('sessions.id', '=', 'parent.session_id')
    .returning(['sessions.id as sessionId', 'sessions.user_id as userId', 'sessions.amr'])
    .executeTakeFirst();
}

export async function findRefreshToken(db: Db, tokenHash: Buffer) {
  return db
    .selectFrom('refresh_tokens as t')
    .innerJoin('sessions as s', 's.id', 't.session_id')
    .select([
      's.id as sessionId',
      's.user_id as userId',
      's.amr',
      sql<boolean>`s.ended_at is null and s.expires_at > now()`.as('live'),
      sql<boolean>`coalesce(t.rotated_at > now() - ${graceTime}, false)`.as('withinGrace'),
      sql<boolean>`t.rotated_at is null`.as('current'),
    ])
    .where('t.token_hash', '=', tokenHash)
    .executeTakeFirst();
}
