import { type Db, prepareQuery } from '@linkgrove/db';
import { sql } from 'kysely';
import { type SourceCounts, sourceCountsSubquery } from '../sources/queries.ts';

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
  missed: number;
  deleted: boolean;
};
export type SeriesCounts = {
  visits: number;
  signups: number;
  /** Reversed or not. */
  successful: number;
  reversed: number;
  /** Of the sign-ups, those whose code was entered without a visit. */
  unvisited: number;
};
export type DayCounts = SeriesCounts & { date: string };
export type StatsRow = { links: LinkCounts[]; days: DayCounts[]; sources: SourceCounts[] };

const selectReferralStats = prepareQuery({ referrerId: '', maxDays: 0 }, (db, { referrerId, maxDays }) =>
  sql<StatsRow>`
    with fresh as materialized (select * from referral_deltas where referrer_id = ${referrerId}),
    counts as (
      select link_id, visits, signups, pending, successful, rejected, review, missed from fresh
      union all
      select link_id, visits, signups, pending, successful, rejected, review, missed
        from referral_totals where referrer_id = ${referrerId}
    ),
    links as (
      select l.id, l.code, l.label, l.deleted_at is not null as deleted,
        coalesce(sum(c.visits), 0)::bigint as visits, coalesce(sum(c.signups), 0)::bigint as signups,
        coalesce(sum(c.pending), 0)::bigint as pending, coalesce(sum(c.successful), 0)::bigint as successful,
        coalesce(sum(c.rejected), 0)::bigint as rejected, coalesce(sum(c.review), 0)::bigint as review,
        coalesce(sum(c.missed), 0)::bigint as missed
      from referral_links l left join counts c on c.link_id = l.id
      where l.user_id = ${referrerId}
      group by l.id order by l.id
    ),
    days as (
      select day::text as date, sum(visits)::bigint as visits, sum(signups)::bigint as signups,
        sum(successful)::bigint as successful, sum(reversed)::bigint as reversed,
        sum(unvisited)::bigint as unvisited
      from (
        select day, visits, signups, successful + reversed as successful, reversed, unvisited from fresh
        union all
        select day, visits, signups, successful, reversed, unvisited
          from referral_daily where referrer_id = ${referrerId}
      ) all_days
      where day > (now() at time zone 'utc')::date - ${maxDays}::int
      group by day order by day
    )
    select
      (select coalesce(json_agg(links), '[]') from links) as links,
      (select coalesce(json_agg(days), '[]') from days) as days,
      ${sourceCountsSubquery(referrerId)} as sources`.compile(db),
);

/** Reads totals and deltas in one statement, so the counts are exact however far the roll-up is behind. */
export async function readReferralStats(db: Db, referrerId: string, maxDays: number): Promise<StatsRow> {
  const [stats] = await selectReferralStats(db, { referrerId, maxDays });
  return stats ?? { links: [], days: [], sources: [] };
}

/** By quarters of an hour. `bucket` counts from 1 at the first of `starts`, which are in order. */
export async function readSeries(
  db: Db,
  { referrerId, starts, to }: { referrerId: string; starts: number[]; to: number },
): Promise<(SeriesCounts & { bucket: number })[]> {
  const times = starts.map((start) => new Date(start).toISOString());
  const { rows } = await sql<SeriesCounts & { bucket: number }>`
    with given as (select ${times}::timestamptz[] as starts, ${new Date(to).toISOString()}::timestamptz as "end")
    select width_bucket(at, given.starts) as bucket, sum(visits)::bigint as visits, sum(signups)::bigint as signups,
      sum(successful)::bigint as successful, sum(reversed)::bigint as reversed,
      sum(unvisited)::bigint as unvisited
    from given, lateral (
      select slot as at, visits, signups, successful, reversed, unvisited
        from referral_slots where referrer_id = ${referrerId} and slot >= given.starts[1] and slot < given.end
      union all
      select at, visits, signups, successful + reversed, reversed, unvisited
        from referral_deltas where referrer_id = ${referrerId} and at >= given.starts[1] and at < given.end
    ) counts
    group by bucket`.execute(db);
  return rows;
}
