import { type Db, deleteExpiredRows, secondsAgoPart, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { LinkVisit } from '../../analytics/schema.ts';

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
          at timestamptz, "linkId" uuid, "ownerId" uuid, visitor bytea, "isMissed" boolean, source text, "pageId" uuid
        )
    ),
    seen as (
      insert into referral_visitors as v (visitor_hash) select visitor from given order by visitor
      on conflict (visitor_hash) do update set seen_at = now()
        where v.seen_at < now() - make_interval(mins => ${dedupMinutes})
      returning visitor_hash
    ),
    counted as materialized (
      select l.user_id, l.id, g.at, g."isMissed", g.source, g."pageId"
      from given g join seen s on s.visitor_hash = g.visitor
        join referral_links l on l.id = g."linkId" and l.user_id = g."ownerId"
    ),
    sourced as (
      insert into referral_source_deltas (referrer_id, link_id, source, page_id, visits)
      select user_id, id, source, "pageId", count(*) from counted
      where source is not null and not "isMissed" group by user_id, id, source, "pageId"
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
