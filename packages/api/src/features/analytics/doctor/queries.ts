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

const storedViews = sql`
  select d.page_id, d.day, array[sum((n.value->>0)::bigint), sum((n.value->>1)::bigint)]::bigint[] as counts
  from analytics_days d, jsonb_each(d.dimensions->'country') n group by 1, 2`;

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
    name: 'analytics breakdowns and events',
    of: 'page and busy UTC day',
    fields: ['views', 'clicks'],
    rows: sql`
      select d.page_id || ' ' || d.day as id, e.counts[1:2] as expected, d.counts as found
      from (${storedViews}) d left join (${eventsByDay}) e on e.page_id = d.page_id and e.day = d.day
      where ${isCountableCondition(sql`d.page_id`, sql`d.day`)}`,
  },
];
