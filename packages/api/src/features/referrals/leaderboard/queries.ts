import type { Db, Trx } from '@linkgrove/db';
import { type NotNull, sql } from 'kysely';
import type { LeaderboardPeriod } from './schema.ts';

export async function listLeaders(db: Db, period: LeaderboardPeriod, limit: number) {
  return db
    .selectFrom('referral_leaderboard as b')
    .innerJoin('users as u', 'u.id', 'b.user_id')
    .select([
      sql<number>`rank() over (order by b.successful desc)`.as('rank'),
      'u.username',
      'u.display_name as displayName',
      'u.avatar_url as avatarUrl',
      'b.successful',
    ])
    .where('b.period', '=', period)
    .where('u.leaderboard', '=', true)
    .where('u.suspended_at', 'is', null)
    .where('u.deleted_at', 'is', null)
    .$narrowType<{ username: NotNull }>()
    .orderBy('b.successful', 'desc')
    .orderBy('b.user_id')
    .limit(limit)
    .execute();
}

// Advisory lock numbers must be unique in the database.
const REFRESH_LOCK = 7_201_002;

/** For one user or, with null, for everyone who opted in. */
export async function refreshLeaderboardRows(
  trx: Trx,
  { userId, keep }: { userId: string | null; keep: number },
): Promise<void> {
  await sql`select pg_advisory_xact_lock(${REFRESH_LOCK})`.execute(trx);
  await sql`delete from referral_leaderboard where ${userId}::uuid is null or user_id = ${userId}::uuid`.execute(
    trx,
  );
  await sql`
    with wanted as (
      select id from users
      where leaderboard and suspended_at is null and deleted_at is null
        and (${userId}::uuid is null or id = ${userId}::uuid)
    ),
    counts as (
      select 'all' as period, referrer_id, successful from referral_totals where referrer_id in (select id from wanted)
      union all
      select 'all', referrer_id, successful from referral_deltas where referrer_id in (select id from wanted)
      union all
      select p.period, d.referrer_id, d.successful
      from (
        select referrer_id, day, successful from referral_daily
          where referrer_id in (select id from wanted) and day >= (now() at time zone 'utc')::date - 31
        union all
        select referrer_id, day, successful from referral_deltas where referrer_id in (select id from wanted)
      ) d
      join (values ('month'), ('week')) p (period)
        on d.day >= date_trunc(p.period, now() at time zone 'utc')::date
    ),
    ranked as (
      select period, referrer_id, sum(successful) as successful,
        row_number() over (partition by period order by sum(successful) desc, referrer_id) as place
      from counts group by period, referrer_id having sum(successful) > 0
    )
    insert into referral_leaderboard (period, user_id, successful)
    select period, referrer_id, successful from ranked where place <= ${keep}
    on conflict (period, user_id) do update set successful = excluded.successful`.execute(trx);
}
