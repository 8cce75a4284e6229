import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';

/** The client of an attempt, if the account knows it. */
export type KnownClient = 'device' | 'network';

export type Attempt = {
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

/** Says by what an account knows the client; null without an account, after the same work. */
export async function findKnownClient(
  db: Db,
  userId: string | null,
  client: { deviceHash: Buffer; networkHash: Buffer | null },
  { deviceDays, networkDays }: { deviceDays: number; networkDays: number },
): Promise<KnownClient | null> {
  const { rows } = await sql<{ known: KnownClient | null }>`
    select case
      when exists (
        select from user_devices where user_id = ${userId}::uuid and device_hash = ${client.deviceHash}::bytea
          and last_seen_at > now() - make_interval(days => ${deviceDays}::int)
      ) then 'device'
      when exists (
        select from sessions where user_id = ${userId}::uuid and network_hash = ${client.networkHash}::bytea
          and last_used_at > now() - make_interval(days => ${networkDays}::int)
      ) then 'network'
    end as known`.execute(db);
  return rows[0]?.known ?? null;
}

export type AttemptKey = {
  /** The account, or a name that nobody has. */
  accountHash: Buffer;
  /** The account, and the client if the account knows it. */
  keyHash: Buffer;
};

/**
 * Counts an attempt in one atomic statement. The first attempt beyond `points` in a window is a strike and blocks the
 * key. Attempts during a block do not extend it.
 */
export async function recordAttempt(
  db: Db,
  { accountHash, keyHash }: AttemptKey,
  { points, windowSeconds, blockSeconds, strikeRetentionSeconds }: ThrottlePolicy,
): Promise<Attempt> {
  const windowEnd = sql`now() + make_interval(secs => ${windowSeconds})`;
  const { rows } = await sql<Attempt>`
    insert into sign_in_throttles as t (name_hash, account_hash, attempts, window_ends_at)
    values (${keyHash}, ${accountHash}, 1, ${windowEnd})
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
  if (!attempt) throw new Error('The attempt was not stored');
  return attempt;
}

/** Deletes the attempts of one key. */
export async function deleteAttempts(db: Db, { keyHash }: AttemptKey): Promise<void> {
  await db.deleteFrom('sign_in_throttles').where('name_hash', '=', keyHash).execute();
}

/** Deletes the attempts of all clients on the accounts. */
export async function deleteAttemptsOnAccounts(db: Db, accountHashes: Buffer[]): Promise<void> {
  await db.deleteFrom('sign_in_throttles').where('account_hash', 'in', accountHashes).execute();
}

/** Deletes rows that are not blocked and whose strikes are forgotten. */
export async function deleteExpiredAttempts(db: Db, strikeRetentionSeconds: number): Promise<void> {
  await db
    .deleteFrom('sign_in_throttles')
    .where('window_ends_at', '<', sql<Date>`now() - make_interval(secs => ${strikeRetentionSeconds})`)
    .where(sql<boolean>`coalesce(blocked_until < now(), true)`)
    .execute();
}
