import { type RawBuilder, sql } from 'kysely';
import { EXCLUSIONS } from '../schema.ts';

/** As the checks of referrals: `rows` selects `id` and the arrays `expected` and `found`. */
export type AnalyticsCheck = { name: string; of: string; fields: string[]; rows: RawBuilder<unknown> };

/** Months whose events were dropped, and pages whose events were erased, cannot be counted again. */
const isCountableCondition = (page: RawBuilder<unknown>, day: RawBuilder<unknown>) => sql`
  not exists (select from analytics_erasures x where x.page_id = ${page})
  and not exists (
    select from analytics_months m
    where m.page_id = ${page} and m.month = date_trunc('month', ${day}::timestamp)::date
  )`;

const utcDay = (time: RawBuilder<unknown>) => sql`(${time} at time zone 'utc')::date`;
const excludedSums = sql.join(
  EXCLUSIONS.map((name) => sql`coalesce(sum(count) filter (where excluded = ${sql.lit(name)}), 0)::bigint`),
);

const eventsByDay = sql`
  select page_id, ${utcDay(sql`at`)} as day, array[
    count(*) filter (where excluded is null and block_id is null),
    count(*) filter (where excluded is null and block_id is not null),
    count(distinct visitor), ${excludedSums}
  ]::bigint[] as counts
  from analytics_events group by 1, 2`;

const slotsByDay = sql`
  select page_id, ${utcDay(sql`slot`)} as day,
    array[sum(views), sum(clicks), sum(visitors), sum(bots), sum(owner), sum(repeats), sum(dropped)]::bigint[] as counts
  from analytics_slots group by 1, 2`;

const segmentEvents = sql`
  select g.page_id, g.from_at, array[
    count(*) filter (where e.block_id is null), count(*) filter (where e.block_id is not null),
    count(distinct (${utcDay(sql`e.at`)}, e.visitor)) filter (where e.visitor is not null)
  ]::bigint[] as counts
  from analytics_segments g left join analytics_events e
    on e.page_id = g.page_id and e.at >= g.from_at and e.at < g.to_at and e.excluded is null
  group by 1, 2`;

const segmentCounts = sql`
  select g.page_id, g.from_at, array[
    sum((n->>1)::bigint), sum((n->>2)::bigint), octet_length(g.visitors) / 8
  ]::bigint[] as counts
  from analytics_segments g, jsonb_array_elements(g.names->'country') n group by g.page_id, g.from_at`;

export const ANALYTICS_CHECKS: AnalyticsCheck[] = [
  {
    name: 'analytics counts and events',
    of: 'page and UTC day',
    fields: ['views', 'clicks', 'visitors', ...EXCLUSIONS],
    rows: sql`
      select coalesce(s.page_id, e.page_id) || ' ' || coalesce(s.day, e.day) as id,
        e.counts as expected, s.counts as found
      from (${slotsByDay}) s full join (${eventsByDay}) e on e.page_id = s.page_id and e.day = s.day
      where ${isCountableCondition(sql`coalesce(s.page_id, e.page_id)`, sql`coalesce(s.day, e.day)`)}`,
  },
  {
    name: 'analytics segments and events',
    of: 'page and packed period',
    fields: ['views', 'clicks', 'visitors'],
    rows: sql`
      select s.page_id || ' ' || s.from_at as id, e.counts as expected, s.counts as found
      from (${segmentCounts}) s left join (${segmentEvents}) e on e.page_id = s.page_id and e.from_at = s.from_at
      where ${isCountableCondition(sql`s.page_id`, utcDay(sql`s.from_at`))}`,
  },
];
