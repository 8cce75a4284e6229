import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';

export type SignInAttempt = {
  /** Whether the attempt may go on. */
  allowed: boolean;
  /** Whether it is the one that closed the window. */
  closing: boolean;
  /** Seconds until attempts are allowed again, or until the window ends. */
  waitSeconds: number;
};

/**
 * Counts an attempt on a name, in one statement. A window takes `points` attempts in `seconds`; the next one
 * blocks the name until the window ends, and each further time for twice as long, up to a day. Attempts
 * while a name is blocked prolong nothing. Strikes are forgotten a day after the last window.
 */
export async function recordSignInAttempt(
  db: Db,
  nameHash: Buffer,
  { points, seconds }: { points: number; seconds: number },
): Promise<SignInAttempt> {
  const { rows } = await sql<SignInAttempt>`
    insert into sign_in_throttles as t (name_hash, attempts, window_ends_at)
    values (${nameHash}, 1, now() + make_interval(secs => ${seconds}))
    on conflict (name_hash) do update set (attempts, strikes, window_ends_at, blocked_until) = (
      select
        case when fresh and not blocked then 1 else t.attempts + 1 end,
        case when t.window_ends_at < now() - interval '1 day' then 0
          when closing then t.strikes + 1 else t.strikes end,
        case when fresh and not blocked then now() + make_interval(secs => ${seconds}) else t.window_ends_at end,
        case when blocked then t.blocked_until
          when closing then greatest(t.window_ends_at, now() + least(
            make_interval(secs => ${seconds}) * power(2, least(t.strikes, 20)) * sign(t.strikes),
            interval '24 hours'))
        end
      from (
        select blocked, fresh, not blocked and not fresh and t.attempts >= ${points}::int as closing
        from (select coalesce(t.blocked_until > now(), false) as blocked, t.window_ends_at <= now() as fresh) a
      ) b
    )
    returning
      blocked_until is null as allowed,
      blocked_until is not null and attempts = ${points}::int + 1 as closing,
      ceil(extract(epoch from coalesce(blocked_until, window_ends_at) - now()))::int as "waitSeconds"`.execute(
    db,
  );
  return rows[0] as SignInAttempt;
}

export async function deleteSignInAttempts(db: Db, nameHashes: Buffer[]): Promise<void> {
  await db.deleteFrom('sign_in_throttles').where('name_hash', 'in', nameHashes).execute();
}

/** Deletes what no longer slows anyone down. */
export async function deleteExpiredSignInAttempts(db: Db): Promise<void> {
  await db
    .deleteFrom('sign_in_throttles')
    .where('window_ends_at', '<', sql<Date>`now() - interval '1 day'`)
    .where(sql<boolean>`coalesce(blocked_until < now(), true)`)
    .execute();
}
