import type { Db, Trx } from '@linkgrove/db';
import { type NotNull, type RawBuilder, sql } from 'kysely';

const selectLeaders = (db: Db, period: string) =>
  db
    .selectFrom('referral_leaderboard as b')
    .innerJoin('users as u', 'u.id', 'b.user_id')
    .where('b.period', '=', period)
    .where('u.leaderboard', '=', true)
    .where('u.suspended_at', 'is', null)
    .where('u.deleted_at', 'is', null);

/** Opting out takes effect at once. */
export async function listLeaders(db: Db, period: string, limit: number) {
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
  { period, timezone, userId }: { period: string; timezone: string; userId: string },
): Promise<number | undefined> {
  const { rows } = await sql<{ successful: number }>`
    with ${countsPart(timezone, 'running', sql`leaderboard and id = ${userId}::uuid`)}
    select sum(successful)::bigint as successful from counts
    where period = ${period} group by referrer_id having sum(successful) > 0`.execute(db);
  return rows[0]?.successful;
}

export async function findLeaderCount(db: Db, period: string, userId: string): Promise<number | undefined> {
  const row = await selectLeaders(db, period)
    .select('b.successful')
    .where('b.user_id', '=', userId)
    .executeTakeFirst();
  return row?.successful;
}

export async function countLeadersAbove(db: Db, period: string, successful: number): Promise<number> {
  const row = await selectLeaders(db, period)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('b.successful', '>', successful)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** As of when the ranks were last computed. */
export async function countReferrersAbove(db: Db, period: string, successful: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select coalesce(sum(referrers), 0)::bigint as count from referral_leaderboard_ranks
    where period = ${period} and successful > ${successful}`.execute(db);
  return rows[0]?.count ?? 0;
}

export type BoardPeriods = 'running' | 'last month';

/** Named periods with their bounds. Days that lie within are added up as such, the rest by quarters of an hour. */
const periodsPart = (timezone: string, which: BoardPeriods) => {
  const local = sql`now() at time zone ${timezone}::text`;
  const toInstant = (start: RawBuilder<unknown>) => sql`(${start}) at time zone ${timezone}::text`;
  const lastMonth = sql`date_trunc('month', ${local}) - interval '1 month'`;
  const rows =
    which === 'running'
      ? sql`
        select 'month' as period, ${toInstant(sql`date_trunc('month', ${local})`)} as starts_at, 'infinity'::timestamptz as ends_at
        union all
        select 'week', ${toInstant(sql`date_trunc('week', ${local})`)}, 'infinity'`
      : sql`
        select to_char(${lastMonth}, 'YYYY-MM') as period, ${toInstant(lastMonth)} as starts_at,
          ${toInstant(sql`date_trunc('month', ${local})`)} as ends_at`;
  return sql`
    periods as materialized (
      select period, starts_at, ends_at,
        date_trunc('day', starts_at at time zone 'utc' + interval '1 day' - interval '1 microsecond')::date as first_day,
        case when ends_at = 'infinity' then 'infinity'::date else (ends_at at time zone 'utc')::date end as end_day
      from (${rows}) bounds
    )`;
};

/** The parts of a UTC day at both ends of a period; there are none in UTC. */
const edgesQuery = sql`
  select p.period, s.referrer_id, s.successful - s.undone
  from periods p join referral_slots s
    on (s.slot >= p.starts_at and s.slot < least(p.first_day::timestamp at time zone 'utc', p.ends_at))
      or (s.slot >= p.end_day::timestamp at time zone 'utc' and s.slot < p.ends_at)
  where s.referrer_id in (select id from wanted)`;

/** A success counts in its own period as long as it stands. */
const countsPart = (timezone: string, which: BoardPeriods, condition: RawBuilder<unknown>) => sql`
    wanted as (
      select id from users where suspended_at is null and deleted_at is null and ${condition}
    ),
    ${periodsPart(timezone, which)},
    counts as (
      ${
        which === 'running'
          ? sql`
      select 'all' as period, referrer_id, successful from referral_totals where referrer_id in (select id from wanted)
      union all
      select 'all', referrer_id, successful from referral_deltas where referrer_id in (select id from wanted)
      union all`
          : sql``
      }
      select p.period, d.referrer_id, d.successful - d.undone as successful
      from (
        select referrer_id, day, successful, undone from referral_daily
        where referrer_id in (select id from wanted) and day >= (select min(first_day) from periods)
      ) d join periods p on d.day >= p.first_day and d.day < p.end_day
      union all
      select p.period, d.referrer_id, d.successful + d.reversed - d.undone
      from periods p join referral_deltas d on d.at >= p.starts_at and d.at < p.ends_at
      where d.referrer_id in (select id from wanted)
      ${timezone === 'UTC' ? sql`` : sql`union all ${edgesQuery}`}
    )`;

// Advisory lock numbers must be unique in the database.
const REFRESH_LOCK = 7_201_002;

/** Keeps the best `keep` of each period, for one user or, with null, for everyone who opted in. */
export async function refreshLeaderboardRows(
  trx: Trx,
  {
    userId,
    keep,
    timezone,
    which,
  }: {
    userId: string | null;
    keep: number;
    timezone: string;
    which: BoardPeriods;
  },
): Promise<void> {
  await sql`select pg_advisory_xact_lock(${REFRESH_LOCK})`.execute(trx);
  const refreshed =
    which === 'running'
      ? sql`period in ('all', 'month', 'week')`
      : sql`period = to_char((now() at time zone ${timezone}::text) - interval '1 month', 'YYYY-MM')`;
  await sql`
    delete from referral_leaderboard
    where ${refreshed} and (${userId}::uuid is null or user_id = ${userId}::uuid)`.execute(trx);
  if (userId === null) await sql`delete from referral_leaderboard_ranks where ${refreshed}`.execute(trx);
  await sql`
    with ${countsPart(timezone, which, sql`leaderboard and (${userId}::uuid is null or id = ${userId}::uuid)`)},
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
