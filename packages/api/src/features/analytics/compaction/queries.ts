import type { Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import { MAX_STORED_NAMES, SLOT_SECONDS } from '../policy.ts';
import { dimensionColumnsPart, dimensionSetsPart } from '../queries.ts';
import { DIMENSIONS, MISSING_NAMES } from '../schema.ts';

const missingName = sql`case dimension ${sql.join(
  DIMENSIONS.map((one) => sql`when ${sql.lit(one)} then ${sql.lit(MISSING_NAMES[one])}`),
  sql` `,
)} end`;

/** Selects `page_id` and `dimensions`. Rare names of a dimension are added up as `(other)`. */
const dimensionsQuery = (condition: RawBuilder<unknown>) => sql`
  select page_id, jsonb_object_agg(dimension, names) as dimensions from (
    select page_id, dimension, jsonb_object_agg(name, jsonb_build_array(views, clicks)) as names from (
      select page_id, dimension, case when place <= ${sql.lit(MAX_STORED_NAMES)} then name else '(other)' end as name,
        sum(views)::bigint as views, sum(clicks)::bigint as clicks
      from (
        select page_id, dimension, coalesce(name, ${missingName}) as name, views, clicks,
          row_number() over (partition by page_id, dimension order by views + clicks desc, name) as place
        from (
          select e.page_id, ${dimensionColumnsPart(DIMENSIONS)}
          from analytics_events e where e.excluded is null and ${condition}
          group by grouping sets (${sql.join(DIMENSIONS.map((one) => sql`(e.page_id, ${dimensionSetsPart([one])})`))})
        ) grouped
      ) ranked
      group by 1, 2, 3
    ) named
    group by 1, 2
  ) by_dimension
  group by 1`;

const utcDays = (from: RawBuilder<unknown>, to: RawBuilder<unknown>) =>
  sql`e.at >= ${from} at time zone 'utc' and e.at < ${to} at time zone 'utc'`;

export type MonthRange = { from: string; to: string };

const ARRAYS = ['slots', 'views', 'clicks', 'visitors', 'bots', 'owner', 'repeats', 'dropped'];

const slotsOf = ({ from, to }: MonthRange) =>
  sql`slot >= ${from}::date at time zone 'utc' and slot < ${to}::date at time zone 'utc'`;

export async function listPagesWithSlots(
  db: Db,
  month: MonthRange,
  after: string,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct page_id as id from analytics_slots
    where ${slotsOf(month)} and page_id > ${after}::uuid order by 1 limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}

/** Folds the slots and the events of the pages into one row each. */
export async function foldMonth(trx: Trx, month: MonthRange, pageIds: string[]): Promise<void> {
  const { from, to } = month;
  const ids = sql`any(${pageIds}::uuid[])`;
  const condition = sql`e.page_id = ${ids} and ${utcDays(sql`${from}::date`, sql`${to}::date`)}`;
  await sql`
    with folded as (delete from analytics_slots where ${slotsOf(month)} and page_id = ${ids} returning *),
    segments as (
      delete from analytics_segments
      where page_id = ${ids} and from_at >= ${from}::date at time zone 'utc' and from_at < ${to}::date at time zone 'utc'
    ),
    dimensions as (${dimensionsQuery(condition)})
    insert into analytics_months as m (
      page_id, month, slots, views, clicks, visitors, bots, owner, repeats, dropped, dimensions
    )
    select f.page_id, ${from}::date,
      array_agg((extract(epoch from f.slot - ${from}::date at time zone 'utc') / ${sql.lit(SLOT_SECONDS)})::smallint order by f.slot),
      array_agg(f.views order by f.slot), array_agg(f.clicks order by f.slot),
      array_agg(f.visitors order by f.slot), array_agg(f.bots order by f.slot), array_agg(f.owner order by f.slot),
      array_agg(f.repeats order by f.slot), array_agg(f.dropped order by f.slot),
      coalesce((select d.dimensions from dimensions d where d.page_id = f.page_id), '{}')
    from folded f group by f.page_id
    -- Of slots that came after the month was folded.
    on conflict (page_id, month) do update set
      ${sql.join(ARRAYS.map((name) => sql`${sql.ref(name)} = m.${sql.ref(name)} || excluded.${sql.ref(name)}`))}`.execute(
    trx,
  );
}
