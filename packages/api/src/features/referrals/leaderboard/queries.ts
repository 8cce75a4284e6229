import type { Db, Trx } from '@linkgrove/db';
import { type NotNull, type RawBuilder, sql } from 'kysely';
import type { LeaderboardPeriod } from './schema.ts';

const selectLeaders = (db: Db, period: LeaderboardPeriod) =>
  db
    .selectFrom('referral_leaderboard as b')
    .innerJoin('users as u', 'u.id', 'b.user_id')
    .where('b.period', '=', period)
    .where('u.leaderboard', '=', true)
    .where('u.suspended_at', 'is', null)
    .where('u.deleted_at', 'is', null);

/** Opting out takes effect at once. */
export async function listLeaders(db: Db, period: LeaderboardPeriod, limit: number) {
  return selectLeaders(db, period)
    .select([
      sql<number>`rank() over (order by b.successful desc)`.as('rank'),
      'u.username',
      'u.display_name as displayName',
      'u.avatar_url as avatarUrl',
      'b.successful',
    ])
    .$narrowType<{ username: NotNull }>()
    .orderBy('b.successful', 'desc')
    .orderBy('b.user_id')
    .limit(limit)
    .execute();
}

/** Rolled up or not; undefined if they have none. */
export async function findSuccessfulOfOptedIn(
  db: Db,
  period: LeaderboardPeriod,
  userId: string,
): Promise<number | undefined> {
  const { rows } = await sql<{ successful: number }>`
    with ${countsPart(sql`leaderboard and id = ${userId}::uuid`)}
    select sum(successful)::bigint as successful from counts
    where period = ${period} group by referrer_id having sum(successful) > 0`.execute(db);
  return rows[0]?.successful;
}

export async function findLeaderCount(
  db: Db,
  period: LeaderboardPeriod,
  userId: string,
): Promise<number | undefined> {
  const row = await selectLeaders(db, period)
    .select('b.successful')
    .where('b.user_id', '=', userId)
    .executeTakeFirst();
  return row?.successful;
}

export async function countLeadersAbove(
  db: Db,
  period: LeaderboardPeriod,
  successful: number,
): Promise<number> {
  const row = await selectLeaders(db, period)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('b.successful', '>', successful)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** As of when the ranks were last computed. */
export async function countReferrersAbove(
  db: Db,
  period: LeaderboardPeriod,
  successful: number,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select coalesce(sum(referrers), 0)::bigint as count from referral_leaderboard_ranks
    where period = ${period} and successful > ${successful}`.execute(db);
  return rows[0]?.count ?? 0;
}

const countsPart = (condition: RawBuilder<unknown>) => sql`
    wanted as (
      select id from users where suspended_at is null and deleted_at is null and ${condition}
    ),
    counts as (
      select 'all' as period, referrer_id, successful from referral_totals where referrer_id in (select id from wanted)
      union all
      select 'all', referrer_id, successful from referral_deltas where referrer_id in (select id from wanted)
      union all
      select p.period, d.referrer_id, d.successful
      from (
        select referrer_id, day, successful - undone as successful from referral_daily
          where referrer_id in (select id from wanted) and day >= (now() at time zone 'utc')::date - 31
        union all
        select referrer_id, day, successful + reversed - undone from referral_deltas
          where referrer_id in (select id from wanted)
      ) d
      join (values ('month'), ('week')) p (period)
        on d.day >= date_trunc(p.period, now() at time zone 'utc')::date
    )`;

// Advisory lock numbers must be unique in the database.
const REFRESH_LOCK = 7_201_002;

/** Keeps the best `keep` of each period, for one user or, with null, for everyone who opted in. */
export async function refreshLeaderboardRows(
  trx: Trx,
  { userId, keep }: { userId: string | null; keep: number },
): Promise<void> {
  await sql`select pg_advisory_xact_lock(${REFRESH_LOCK})`.execute(trx);
  await sql`delete from referral_leaderboard where ${userId}::uuid is null or user_id = ${userId}::uuid`.execute(
    trx,
  );
  if (userId === null) await sql`delete from referral_leaderboard_ranks`.execute(trx);
  await sql`
    with ${countsPart(sql`leaderboard and (${userId}::uuid is null or id = ${userId}::uuid)`)},
    ranked as (
      select period, referrer_id, sum(successful) as successful,
        row_number() over (partition by period order by sum(successful) desc, referrer_id) as place
      from counts group by period, referrer_id having sum(successful) > 0
    ),
    counted as (
      insert into referral_leaderboard_ranks (period, successful, referrers)
      select period, successful, count(*) from ranked where ${userId}::uuid is null group by period, successful
    )
    insert into referral_leaderboard (period, user_id, successful)
    select period, referrer_id, successful from ranked where place <= ${keep}
    on conflict (period, user_id) do update set successful = excluded.successful`.execute(trx);
}
