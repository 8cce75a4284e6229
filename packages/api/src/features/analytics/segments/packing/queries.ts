import type { Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import { LATE_SECONDS, SLOT_SECONDS } from '../../policy.ts';
import type { EncodedSegment, SegmentEvent } from '../encoding/policy.ts';
import type { SegmentPeriod, SlotEvents } from './policy.ts';

const slotLength = sql`make_interval(secs => ${sql.lit(SLOT_SECONDS)})`;
const monthLength = sql`interval '1 month'`;
const toTime = (at: Date) => sql`${at.toISOString()}::timestamptz`;

/** The end of the last slot whose events are late from now on. */
export async function findPackableEnd(db: Db): Promise<Date> {
  const { rows } = await sql<{ end: Date }>`
    select date_bin(${slotLength}, clock_timestamp() - make_interval(secs => ${LATE_SECONDS}), 'epoch') as end`.execute(
    db,
  );
  if (!rows[0]) throw new Error('The database has no clock');
  return rows[0].end;
}

export type PageMonth = { pageId: string; month: Date };
export type UnpackedWanted = { since: Date; until: Date; minEvents: number; limit: number };

const monthEnd = (month: RawBuilder<unknown>) =>
  sql`((${month} at time zone 'utc') + ${monthLength}) at time zone 'utc'`;

/** Months with slots since a time, whose segments lack at least `minEvents`. */
export async function listUnpackedMonths(
  db: Db,
  { since, until, minEvents, limit }: UnpackedWanted,
): Promise<PageMonth[]> {
  const { rows } = await sql<PageMonth>`
    select a.page_id as "pageId", a.month
    from (
      select distinct page_id, date_trunc('month', slot, 'utc') as month from analytics_slots
      where slot >= ${toTime(since)} and slot < ${toTime(until)} and views + clicks > 0
    ) a
    cross join lateral (
      select coalesce(max(g.to_at), a.month) as packed from analytics_segments g
      where g.page_id = a.page_id and g.from_at >= a.month and g.from_at < ${monthEnd(sql`a.month`)}
    ) g
    cross join lateral (
      select sum(s.views + s.clicks) as events from analytics_slots s
      where s.page_id = a.page_id and s.slot >= g.packed
        and s.slot < least(${toTime(until)}, ${monthEnd(sql`a.month`)})
    ) s
    where s.events >= ${minEvents} and not exists (select from analytics_erasures x where x.page_id = a.page_id)
    order by s.events desc limit ${limit}`.execute(db);
  return rows;
}

export type SegmentEnd = SegmentPeriod & { events: number };

/** The last segment of the month, if there is one. */
export async function findLastSegment(db: Db, { pageId, month }: PageMonth): Promise<SegmentEnd | undefined> {
  const { rows } = await sql<SegmentEnd>`
    select from_at as "from", to_at as "to", events from analytics_segments
    where page_id = ${pageId} and from_at >= ${toTime(month)} and from_at < ${monthEnd(toTime(month))}
    order by from_at desc limit 1`.execute(db);
  return rows[0];
}

export async function listSlotEvents(
  db: Db,
  { pageId, month }: PageMonth,
  from: Date,
  until: Date,
): Promise<SlotEvents[]> {
  const { rows } = await sql<SlotEvents>`
    select slot, views + clicks as events from analytics_slots
    where page_id = ${pageId} and slot >= ${toTime(from)} and views + clicks > 0
      and slot < least(${toTime(until)}, ${monthEnd(toTime(month))})
    order by slot`.execute(db);
  return rows;
}

export type SegmentRange = SegmentPeriod & { pageId: string };
export type RawEvent = SegmentEvent & { at: Date };

/** In an order that is the same at every read, which ends at no event of the same time. */
export async function listSegmentEvents(
  db: Db,
  { pageId, from, to }: SegmentRange,
  limit: number,
): Promise<RawEvent[]> {
  const { rows } = await sql<RawEvent>`
    select at, slot, encode(visitor, 'hex') as visitor, block_id as block, referrer, country, region, device, browser, os,
      language, utm_source as "utmSource", utm_medium as "utmMedium", utm_campaign as "utmCampaign", via
    from (
      select e.*,
        floor(extract(epoch from e.at - date_trunc('month', e.at, 'utc')) / ${sql.lit(SLOT_SECONDS)})::int as slot
      from analytics_events e
      where e.page_id = ${pageId} and e.at >= ${toTime(from)} and e.at < ${toTime(to)} and e.excluded is null
      order by e.at fetch first ${limit} rows with ties
    ) e
    order by at, block_id, visitor, referrer, country, region, device, browser, os, language, utm_source, utm_medium,
      utm_campaign, via`.execute(db);
  return rows;
}

export async function countSlotEvents(db: Db, { pageId, from, to }: SegmentRange): Promise<number> {
  const { rows } = await sql<{ events: number }>`
    select coalesce(sum(views + clicks), 0)::bigint as events from analytics_slots
    where page_id = ${pageId} and slot >= ${toTime(from)} and slot < ${toTime(to)}`.execute(db);
  return rows[0]?.events ?? 0;
}

/** Replaces the segments that it overlaps. The caller holds the lock of the ingestion. */
export async function replaceSegment(
  trx: Trx,
  { pageId, from, to }: SegmentRange,
  { names, utmSource, utmMedium, utmCampaign, ...segment }: EncodedSegment,
): Promise<void> {
  await sql`
    delete from analytics_segments
    where page_id = ${pageId} and from_at < ${toTime(to)} and to_at > ${toTime(from)}`.execute(trx);
  await trx
    .insertInto('analytics_segments')
    .values({
      ...segment,
      page_id: pageId,
      from_at: from,
      to_at: to,
      names: JSON.stringify(names),
      utm_source: utmSource,
      utm_medium: utmMedium,
      utm_campaign: utmCampaign,
    })
    .execute();
}
