import { shownTitlePart, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { LATE_SECONDS, SLOT_SECONDS } from '../policy.ts';
import type { AnalyticsEvent, Tally } from '../schema.ts';

// Advisory lock numbers must be unique in the database.
const INGEST_LOCK = 7_201_003;

/** One batch at a time: more writers are no faster, and they could deadlock on the slots. */
export async function lockIngest(trx: Trx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${INGEST_LOCK})`.execute(trx);
}

/** False if the batch was written before. */
export async function insertBatchRow(trx: Trx, id: string, events: number): Promise<boolean> {
  const row = await trx
    .insertInto('analytics_batches')
    .values({ id, events })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

const toRow = ({ titles: _, ...event }: AnalyticsEvent) => ({
  ...event,
  at: new Date(event.at).toISOString(),
  visitor: event.visitor === null ? null : `\\x${event.visitor}`,
  count: 1,
});
const toTallyRow = ({ at, ...tally }: Tally) => ({ ...tally, at: new Date(at).toISOString() });

const slotOf = sql`date_bin(make_interval(secs => ${sql.lit(SLOT_SECONDS)}), at, 'epoch')`;

/** Events, exact daily visitors and slots in one statement. The caller holds the lock. */
export async function insertEvents(trx: Trx, events: AnalyticsEvent[], tallies: Tally[]): Promise<void> {
  const rows = JSON.stringify([...events.map(toRow), ...tallies.map(toTallyRow)]);
  await sql`
    with given as materialized (
      select *, ${slotOf} as slot, (at at time zone 'utc')::date as day
      from json_to_recordset(${rows}::json) as given (
        at timestamptz, "pageId" uuid, "blockId" uuid, visitor bytea, excluded text, count integer,
        referrer text, country text, region text, device text, browser text, os text, language text,
        "utmSource" text, "utmMedium" text, "utmCampaign" text, via text
      )
    ),
    events as (
      insert into analytics_events (
        at, page_id, block_id, visitor, excluded, count, referrer, country, region, device, browser, os, language,
        utm_source, utm_medium, utm_campaign, via
      )
      select at, "pageId", "blockId", visitor, excluded, count, referrer, country, region, device, browser, os,
        language, "utmSource", "utmMedium", "utmCampaign", via
      from given
    ),
    titles as (
      insert into analytics_blocks as a (block_id, page_id, title)
      select b.id, b.page_id, ${shownTitlePart} from blocks b
      where b.id in (select "blockId" from given where excluded is null)
      on conflict (block_id) do update set title = excluded.title where a.title is distinct from excluded.title
    ),
    -- Events that come after their segment was packed. Those after it are packed again from there.
    outdated as (
      delete from analytics_segments g using (
        select "pageId", date_trunc('month', at, 'utc') as month, min(at) as at from given
        where excluded is null and at < statement_timestamp() - make_interval(secs => ${sql.lit(LATE_SECONDS)})
        group by 1, 2
      ) late
      where g.page_id = late."pageId" and g.to_at > late.at and g.from_at >= late.month
        and g.from_at < (late.month at time zone 'utc' + interval '1 month') at time zone 'utc'
    ),
    firsts as (
      insert into analytics_visitors (day, page_id, visitor)
      select distinct day, "pageId", visitor from given where visitor is not null
      on conflict do nothing
      returning day, page_id, visitor
    ),
    parts as (
      select "pageId" as page_id, slot,
        case when excluded is null and "blockId" is null then 1 else 0 end as views,
        case when excluded is null and "blockId" is not null then 1 else 0 end as clicks,
        0 as visitors,
        case excluded when 'bots' then count else 0 end as bots,
        case excluded when 'owner' then count else 0 end as owner,
        case excluded when 'repeats' then count else 0 end as repeats,
        case excluded when 'dropped' then count else 0 end as dropped
      from given
      union all
      select f.page_id, min(g.slot), 0, 0, 1, 0, 0, 0, 0
      from firsts f join given g on g.day = f.day and g."pageId" = f.page_id and g.visitor = f.visitor
      group by f.day, f.page_id, f.visitor
    )
    insert into analytics_slots as s (page_id, slot, views, clicks, visitors, bots, owner, repeats, dropped)
    select page_id, slot, sum(views), sum(clicks), sum(visitors), sum(bots), sum(owner), sum(repeats), sum(dropped)
    from parts group by page_id, slot
    on conflict (page_id, slot) do update set
      views = s.views + excluded.views, clicks = s.clicks + excluded.clicks,
      visitors = s.visitors + excluded.visitors, bots = s.bots + excluded.bots,
      owner = s.owner + excluded.owner, repeats = s.repeats + excluded.repeats,
      dropped = s.dropped + excluded.dropped`.execute(trx);
}
