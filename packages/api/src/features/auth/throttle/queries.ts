import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';

export type SignInAttempt = {
  allowed: boolean;
  /** Whether this attempt started the block. */
  closing: boolean;
  /** Seconds until the block ends, or until the window ends if the attempt is allowed. */
  waitSeconds: number;
};

export type ThrottlePolicy = {
  /** Attempts per window. */
  points: number;
  windowSeconds: number;
  /** How long a block lasts, by the number of strikes before it; it lasts at least until the window ends. */
  blockSeconds: number[];
  strikeRetentionSeconds: number;
};

/**
 * Counts an attempt on a name in one atomic statement. The first attempt beyond `points` in a window is a strike and
 * blocks the name. Attempts during a block do not extend it.
 */
export async function recordSignInAttempt(
  db: Db,
  nameHash: Buffer,
  { points, windowSeconds, blockSeconds, strikeRetentionSeconds }: ThrottlePolicy,
): Promise<SignInAttempt> {
  const windowEnd = sql`now() + make_interval(secs => ${windowSeconds})`;
  const { rows } = await sql<SignInAttempt>`
    insert into sign_in_throttles as t (name_hash, attempts, window_ends_at)
    values (${nameHash}, 1, ${windowEnd})
    on conflict (name_hash) do update set (attempts, strikes, window_ends_at, blocked_until) = (
      select
        case when fresh and not blocked then 1 else t.attempts + 1 end,
        case when t.window_ends_at < now() - make_interval(secs => ${strikeRetentionSeconds}) then 0
          when closing then t.strikes + 1 else t.strikes end,
        case when fresh and not blocked then ${windowEnd} else t.window_ends_at end,
        case when blocked then t.blocked_until
          when closing then greatest(t.window_ends_at, now() + make_interval(secs =>
            (${blockSeconds}::float8[])[least(t.strikes + 1, ${blockSeconds.length}::int)]))
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
  const [attempt] = rows;
  if (!attempt) throw new Error('The sign-in attempt was not stored');
  return attempt;
}

export async function deleteSignInAttempts(db: Db, nameHashes: Buffer[]): Promise<void> {
  await db.deleteFrom('sign_in_throttles').where('name_hash', 'in', nameHashes).execute();
}

/** Deletes rows that are not blocked and whose strikes are forgotten. */
export async function deleteExpiredSignInAttempts(db: Db, strikeRetentionSeconds: number): Promise<void> {
  await db
    .deleteFrom('sign_in_throttles')
    .where('window_ends_at', '<', sql<Date>`now() - make_interval(secs => ${strikeRetentionSeconds})`)
    .where(sql<boolean>`coalesce(blocked_until < now(), true)`)
    .execute();
}
