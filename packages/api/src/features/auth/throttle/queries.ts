import { type Db, deleteExpiredRows, secondsAgoPart } from '@linkgrove/db';
import { sql } from 'kysely';

export type KnownClient = 'device' | 'network';

export type Attempt = {
  allowed: boolean;
  /** This attempt started the block. */
  closing: boolean;
  /** Until the block ends, or the window if the attempt is allowed. */
  waitSeconds: number;
};

export type ThrottlePolicy = {
  points: number;
  windowSeconds: number;
  /** By the number of earlier strikes; a block lasts at least until the window ends. */
  blockSeconds: number[];
  strikeRetentionSeconds: number;
};

/** Does the same work without an account, so that the time reveals nothing. */
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
  /** Covers the account, and the client if the account knows it. */
  keyHash: Buffer;
};

/** One atomic statement. The first attempt beyond `points` is a strike. Attempts during a block do not extend it. */
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

/** Zero if it is not blocked. */
export async function findBlockSeconds(db: Db, { keyHash }: AttemptKey): Promise<number> {
  const row = await db
    .selectFrom('sign_in_throttles')
    .select(sql<number>`ceil(extract(epoch from blocked_until - now()))::int`.as('seconds'))
    .where('name_hash', '=', keyHash)
    .where('blocked_until', '>', sql<Date>`now()`)
    .executeTakeFirst();
  return row?.seconds ?? 0;
}

export async function deleteAttempts(db: Db, { keyHash }: AttemptKey): Promise<void> {
  await db.deleteFrom('sign_in_throttles').where('name_hash', '=', keyHash).execute();
}

export async function deleteAttemptsOnAccounts(db: Db, accountHashes: Buffer[]): Promise<void> {
  await db.deleteFrom('sign_in_throttles').where('account_hash', 'in', accountHashes).execute();
}

export const deleteExpiredAttempts = (db: Db, strikeRetentionSeconds: number): Promise<void> =>
  deleteExpiredRows(db, {
    table: 'sign_in_throttles',
    by: sql`window_ends_at`,
    before: secondsAgoPart(strikeRetentionSeconds),
    and: sql<boolean>`coalesce(blocked_until < now(), true)`,
  });
