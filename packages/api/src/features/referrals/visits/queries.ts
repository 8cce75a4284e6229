import { type Db, deleteExpiredRows, secondsAgoPart, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { LinkVisit } from '../../analytics/schema.ts';

/** Anyone can make parameters up; more are counted together. */
const MAX_UTM_PER_LINK_AND_DAY = 200;
const OTHER_UTM = '(other)';

const toRow = ({ visitor, ...visit }: LinkVisit) => ({
  ...visit,
  at: new Date(visit.at).toISOString(),
  visitor: `\\x${visitor}`,
});

/** One visit per visitor. Counts those that were not seen in the last `dedupMinutes`. Returns the referrers whose counts changed. */
export async function insertCountedVisits(
  trx: Trx,
  visits: LinkVisit[],
  dedupMinutes: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with given as (
      select *
      from json_to_recordset(${JSON.stringify(visits.map(toRow))}::json)
        as given (
          at timestamptz, "linkId" uuid, "ownerId" uuid, visitor bytea, "isMissed" boolean, source text, "pageId" uuid,
          utm json
        )
    ),
    seen as (
      insert into referral_visitors as v (visitor_hash) select visitor from given order by visitor
      on conflict (visitor_hash) do update set seen_at = now()
        where v.seen_at < now() - make_interval(mins => ${dedupMinutes})
      returning visitor_hash
    ),
    counted as materialized (
      select l.user_id, l.id, g.at, g."isMissed", g.source, g."pageId", g.utm
      from given g join seen s on s.visitor_hash = g.visitor
        join referral_links l on l.id = g."linkId" and l.user_id = g."ownerId"
    ),
    sourced as (
      insert into referral_source_deltas (referrer_id, link_id, source, page_id, visits)
      select user_id, id, source, "pageId", count(*) from counted
      where source is not null and not "isMissed" group by user_id, id, source, "pageId"
    ),
    tagged as (
      select user_id, id, (at at time zone 'utc')::date as day, utm ->> 'source' as source, utm ->> 'medium' as medium,
        utm ->> 'campaign' as campaign, count(*) as visits
      from counted where json_typeof(utm) = 'object' and not "isMissed" group by 1, 2, 3, 4, 5, 6
    ),
    placed as (
      select t.*, exists (
          select from referral_utm_visits v where v.link_id = t.id and v.day = t.day and v.source = t.source
            and v.medium = t.medium and v.campaign = t.campaign
        ) or ${MAX_UTM_PER_LINK_AND_DAY} >= row_number() over (partition by t.id, t.day order by t.source, t.medium, t.campaign)
          + (select count(*) from referral_utm_visits v where v.link_id = t.id and v.day = t.day) as is_kept
      from tagged t
    ),
    utm_counted as (
      insert into referral_utm_visits as v (link_id, referrer_id, day, source, medium, campaign, visits)
      select id, user_id, day, case when is_kept then source else ${OTHER_UTM} end,
        case when is_kept then medium else '' end, case when is_kept then campaign else '' end, sum(visits)
      from placed group by 1, 2, 3, 4, 5, 6 order by 1, 3, 4, 5, 6
      on conflict (link_id, day, source, medium, campaign) do update set visits = v.visits + excluded.visits
    )
    insert into referral_deltas (referrer_id, link_id, at, day, visits, missed)
    select g.user_id, g.id, min(g.at), (g.at at time zone 'utc')::date,
      count(*) filter (where not g."isMissed"), count(*) filter (where g."isMissed")
    from counted g
    group by g.user_id, g.id, date_bin('15 minutes', g.at, '2000-01-01Z'), (g.at at time zone 'utc')::date
    returning referrer_id as id`.execute(trx);
  return [...new Set(rows.map(({ id }) => id))];
}

export async function markVisitorsSeen(trx: Trx, visits: LinkVisit[]): Promise<void> {
  await sql`
    insert into referral_visitors (visitor_hash)
    select decode(hash, 'hex') from unnest(${visits.map(({ visitor }) => visitor)}::text[]) given (hash)
    on conflict (visitor_hash) do update set seen_at = now()`.execute(trx);
}

export const deleteOldVisitors = (db: Db, dedupMinutes: number): Promise<void> =>
  deleteExpiredRows(db, {
    table: 'referral_visitors',
    by: sql`seen_at`,
    before: secondsAgoPart(dedupMinutes * 60),
  });
