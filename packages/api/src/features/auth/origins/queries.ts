import { daysAgoPart, type Db, deleteExpiredRows, sqlPart, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { ORIGIN_USE_INTERVAL_HOURS } from './policy.ts';

const useInterval = sql`make_interval(hours => ${sql.lit(ORIGIN_USE_INTERVAL_HOURS)})`;

export type OriginRow = {
  userId: string;
  browserHash: Buffer;
  networkHash: Buffer;
  browser: string | null;
};

export const insertOriginPart = ({ browserHash, networkHash, browser }: Omit<OriginRow, 'userId'>) =>
  sqlPart<'session'>`
    insert into sign_in_origins as o (user_id, browser_hash, network_hash, browser)
    select user_id, ${browserHash}::bytea, ${networkHash}::bytea, ${browser}::text from session
    on conflict (user_id, browser_hash, network_hash) do update set last_seen_at = now()
      where o.last_seen_at < now() - ${useInterval}`;

/** Returns an `OriginMatch`. A statement sees the rows from before it, so it may store the origin too. */
export const matchOriginPart = (
  { userId, browserHash, networkHash }: OriginRow,
  deviceHash: Buffer,
) => sqlPart`
  select count(*) > 0 as "hasEarlier",
    coalesce(bool_or(browser_hash = ${browserHash}::bytea and network_hash = ${networkHash}::bytea), false)
      as "sameOrigin",
    coalesce(bool_or(browser_hash = ${browserHash}::bytea), false) as "sameBrowser",
    coalesce(bool_or(network_hash = ${networkHash}::bytea), false) as "sameNetwork",
    exists (
      select from user_devices where user_id = ${userId}::uuid and device_hash = ${deviceHash}::bytea
    ) as "sameDevice"
  from sign_in_origins where user_id = ${userId}::uuid`;

export async function deleteOldestOrigins(trx: Trx, userId: string, keep: number): Promise<void> {
  await sql`
    delete from sign_in_origins where ctid = any(array(
      select ctid from sign_in_origins where user_id = ${userId}::uuid
      order by last_seen_at desc, first_seen_at desc offset ${keep}
    ))`.execute(trx);
}

export async function listOriginRows(db: Db, userId: string) {
  return db
    .selectFrom('sign_in_origins')
    .select(['browser', 'first_seen_at as firstSeenAt', 'last_seen_at as lastSeenAt'])
    .where('user_id', '=', userId)
    .orderBy('last_seen_at', 'desc')
    .orderBy('first_seen_at', 'desc')
    .execute();
}

export async function deleteOrigin(trx: Trx, { userId, browserHash, networkHash }: OriginRow): Promise<void> {
  await trx
    .deleteFrom('sign_in_origins')
    .where('user_id', '=', userId)
    .where('browser_hash', '=', browserHash)
    .where('network_hash', '=', networkHash)
    .execute();
}

/** Each user keeps the newest, so that a sign-in after a long time is compared with something. */
export const deleteUnusedOrigins = (db: Db, days: number): Promise<void> =>
  deleteExpiredRows(db, {
    table: 'sign_in_origins',
    by: sql`last_seen_at`,
    before: daysAgoPart(days),
    // Looks up the user's few rows, where EXISTS would become a join with all of the table.
    and: sql<boolean>`last_seen_at < (
      select max(newer.last_seen_at) from sign_in_origins newer where newer.user_id = sign_in_origins.user_id
    )`,
  });

/** Where and how a session began, and whether the user's password was changed since. */
export async function findSessionOrigin(db: Db, id: string) {
  return db
    .selectFrom('sessions')
    .select(['ip', 'user_agent as userAgent', 'device_hash as deviceHash', 'amr'])
    .select(
      sql<boolean>`exists (
        select from security_events e
        where e.user_id = sessions.user_id and e.type = 'password_changed' and e.created_at >= sessions.created_at
      )`.as('isPasswordNew'),
    )
    .where('id', '=', id)
    .executeTakeFirst();
}
