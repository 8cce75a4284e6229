import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export type LinkCounts = {
  id: string;
  code: string;
  label: string | null;
  visits: number;
  signups: number;
  pending: number;
  successful: number;
  rejected: number;
  review: number;
  deleted: boolean;
};
export type DayCounts = { date: string; visits: number; signups: number; successful: number };
export type StatsRow = {
  links: LinkCounts[];
  days: DayCounts[];
  creditsEarned: number;
  creditsBalance: number;
};

const LONGEST_DAYS = 365;

/**
 * Everything the stats of one referrer are made of, in one statement and so of one moment: what has been
 * rolled up plus what has not, which together are exact however far the worker is behind.
 */
export async function readStats(db: Db, referrerId: string): Promise<StatsRow> {
  const { rows } = await sql<StatsRow>`
    with fresh as materialized (select * from referral_deltas where referrer_id = ${referrerId}),
    counts as (
      select link_id, visits, signups, pending, successful, rejected, review from fresh
      union all
      select link_id, visits, signups, pending, successful, rejected, review
        from referral_totals where referrer_id = ${referrerId}
    ),
    links as (
      select l.id, l.code, l.label, l.deleted_at is not null as deleted,
        coalesce(sum(c.visits), 0)::bigint as visits, coalesce(sum(c.signups), 0)::bigint as signups,
        coalesce(sum(c.pending), 0)::bigint as pending, coalesce(sum(c.successful), 0)::bigint as successful,
        coalesce(sum(c.rejected), 0)::bigint as rejected, coalesce(sum(c.review), 0)::bigint as review
      from referral_links l left join counts c on c.link_id = l.id
      where l.user_id = ${referrerId}
      group by l.id order by l.id
    ),
    days as (
      select day::text as date, sum(visits)::bigint as visits, sum(signups)::bigint as signups,
        sum(successful)::bigint as successful
      from (
        select day, visits, signups, successful from fresh
        union all
        select day, visits, signups, successful from referral_daily where referrer_id = ${referrerId}
      ) all_days
      where day > (now() at time zone 'utc')::date - ${LONGEST_DAYS}::int
      group by day order by day
    )
    select
      (select coalesce(json_agg(links), '[]') from links) as links,
      (select coalesce(json_agg(days), '[]') from days) as days,
      (select coalesce(sum(credits), 0)::bigint from rewards where user_id = ${referrerId}) as "creditsEarned",
      (select coalesce(sum(amount), 0)::bigint from credit_entries where user_id = ${referrerId}) as "creditsBalance"
  `.execute(db);
  return rows[0] as StatsRow;
}

/** Only one roll-up runs at a time; the number is ours alone. */
const ROLL_UP_LOCK = 7_201_001;

/** Whether this transaction may roll up; false while another process does. */
export async function tryLockRollUp(trx: Trx): Promise<boolean> {
  const { rows } = await sql<{
    locked: boolean;
  }>`select pg_try_advisory_xact_lock(${ROLL_UP_LOCK}) as locked`.execute(trx);
  return rows[0]?.locked === true;
}

/**
 * Makes a row of totals for each link whose deltas are about to be moved. Apart from the move, because an insert
 * that would only update is judged by the constraints as well: a batch that only takes from what is pending, as
 * a verification does, would be refused.
 */
async function beginTotals(trx: Trx, limit: number): Promise<void> {
  await sql`
    insert into referral_totals (link_id, referrer_id, visits, signups, pending, successful, rejected, review)
    select distinct link_id, referrer_id, 0, 0, 0, 0, 0, 0
      from (select link_id, referrer_id from referral_deltas order by id limit ${limit}) oldest
    on conflict (link_id) do nothing`.execute(trx);
}

/**
 * Moves the oldest `limit` deltas into the totals and the daily sums; returns how many. Whatever it deletes
 * it adds in the same statement, so a crash or a second run loses and doubles nothing.
 */
export async function rollUp(trx: Trx, limit: number): Promise<number> {
  await beginTotals(trx, limit);
  const { rows } = await sql<{ moved: number }>`
    with moved as (
      delete from referral_deltas where id in (
        select id from referral_deltas join referral_totals using (link_id) order by id limit ${limit}
      ) returning *
    ),
    totals as (
      update referral_totals t set
        visits = t.visits + s.visits, signups = t.signups + s.signups,
        pending = t.pending + s.pending, successful = t.successful + s.successful,
        rejected = t.rejected + s.rejected, review = t.review + s.review
      from (
        select link_id, sum(visits) as visits, sum(signups) as signups, sum(pending) as pending,
          sum(successful) as successful, sum(rejected) as rejected, sum(review) as review
        from moved group by link_id
      ) s
      where t.link_id = s.link_id
    ),
    daily as (
      insert into referral_daily as d (referrer_id, day, visits, signups, successful)
      select referrer_id, day, sum(visits), sum(signups), sum(successful)
        from moved group by referrer_id, day order by referrer_id, day
      on conflict (referrer_id, day) do update set
        visits = d.visits + excluded.visits, signups = d.signups + excluded.signups,
        successful = d.successful + excluded.successful
    )
    select count(*) as moved from moved`.execute(trx);
  return rows[0]?.moved ?? 0;
}
