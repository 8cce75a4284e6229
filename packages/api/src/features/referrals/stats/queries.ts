import { type Db, prepareQuery } from '@linkgrove/db';
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
export type StatsRow = { links: LinkCounts[]; days: DayCounts[] };

const selectReferralStats = prepareQuery({ referrerId: '', maxDays: 0 }, (db, { referrerId, maxDays }) =>
  sql<StatsRow>`
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
      where day > (now() at time zone 'utc')::date - ${maxDays}::int
      group by day order by day
    )
    select
      (select coalesce(json_agg(links), '[]') from links) as links,
      (select coalesce(json_agg(days), '[]') from days) as days`.compile(db),
);

/** Reads totals and deltas in one statement, so the counts are exact however far the roll-up is behind. */
export async function readReferralStats(db: Db, referrerId: string, maxDays: number): Promise<StatsRow> {
  const [stats] = await selectReferralStats(db, { referrerId, maxDays });
  return stats ?? { links: [], days: [] };
}
