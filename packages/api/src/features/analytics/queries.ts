import { type Db, preparedMark, shownTitlePart } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import { toSlotEnd, toUtcDayStart, type Range } from './periods/policy.ts';
import { SLOT_SECONDS } from './policy.ts';
import { DIMENSIONS, type Dimension, type Filter, MISSING_NAMES } from './schema.ts';

/** `since` is the time of the last reset. */
export type AnalyticsPage = { id: string; since: number | null };

export const EVENT_COLUMNS: Record<Dimension, string> = {
  block: 'block_id',
  referrer: 'referrer',
  country: 'country',
  region: 'region',
  device: 'device',
  browser: 'browser',
  os: 'os',
  language: 'language',
  utmSource: 'utm_source',
  utmMedium: 'utm_medium',
  utmCampaign: 'utm_campaign',
  via: 'via',
};
const columnOf = (dimension: Dimension) => sql.ref(`e.${EVENT_COLUMNS[dimension]}`);
const textOf = (dimension: Dimension) =>
  dimension === 'block' ? sql`${columnOf(dimension)}::text` : columnOf(dimension);

export type Filters = Partial<Record<Dimension, Filter>>;

const filterCondition = (dimension: Dimension, { isNegated, values }: Filter) => {
  const text = sql`coalesce(${textOf(dimension)}, ${MISSING_NAMES[dimension]})`;
  return isNegated ? sql`${text} <> all(${values}::text[])` : sql`${text} = any(${values}::text[])`;
};

const filtersCondition = (filters: Filters) =>
  sql.join(
    [
      sql`e.excluded is null`,
      ...DIMENSIONS.flatMap((dimension) => {
        const filter = filters[dimension];
        return filter ? [filterCondition(dimension, filter)] : [];
      }),
    ],
    sql` and `,
  );

const toTime = (at: number) => new Date(at).toISOString();
const timeOf = (at: number) => sql`${toTime(at)}::timestamptz`;
const idsOf = (pages: AnalyticsPage[]) => sql`${pages.map(({ id }) => id)}::uuid[]`;
/** When the counts of each page begin, as a table. */
const pagesPart = (pages: AnalyticsPage[]) => sql`
  unnest(${idsOf(pages)}, ${pages.map(({ since }) => toTime(since ?? 0))}::timestamptz[]) p (page_id, since)`;

export async function findAnalyticsPages(db: Db, ids: string[]): Promise<AnalyticsPage[]> {
  const rows = await db
    .selectFrom('analytics_settings')
    .select(['page_id as id', 'reset_at as since'])
    .where('page_id', 'in', ids)
    .execute();
  const resets = new Map(rows.map(({ id, since }) => [id, since?.getTime() ?? null]));
  return ids.map((id) => ({ id, since: resets.get(id) ?? null }));
}

export type CountRow = {
  pageId: string;
  /** 0 for the previous period, then the number of the bucket. */
  bucket: number;
  views: number;
  clicks: number;
  visitors: number;
  bots: number;
  owner: number;
  repeats: number;
  dropped: number;
};

const NAMES = ['views', 'clicks', 'visitors', 'bots', 'owner', 'repeats', 'dropped'] as const;
const namesPart = (prefix: string) => sql.join(NAMES.map((name) => sql.ref(`${prefix}.${name}`)));
const slotLength = sql`make_interval(secs => ${sql.lit(SLOT_SECONDS)})`;

/** On the day of a reset, visitors are counted again from the events. */
const isVisitorKnownCondition = (slot: RawBuilder<unknown>) =>
  sql`not (p.since > 'epoch' and (${slot} at time zone 'utc')::date = (p.since at time zone 'utc')::date)`;

const slotParts = (pages: AnalyticsPage[], range: Range) => sql`
  select p.page_id, s.slot, s.views, s.clicks,
    case when ${isVisitorKnownCondition(sql`s.slot`)} then s.visitors else 0 end as visitors,
    s.bots, s.owner, s.repeats, s.dropped
  from ${pagesPart(pages)} join analytics_slots s on s.page_id = p.page_id
  where s.slot >= ${timeOf(range.from)} and s.slot < ${timeOf(range.to)} and s.slot >= p.since
  union all
  select page_id, slot, ${sql.join(NAMES.map((name) => sql.ref(name)))} from (
    select p.page_id, p.since, (m.month at time zone 'utc') + c.number * ${slotLength} as slot, ${namesPart('c')}
    from ${pagesPart(pages)} join analytics_months m on m.page_id = p.page_id,
      unnest(m.slots, m.views, m.clicks, m.visitors, m.bots, m.owner, m.repeats, m.dropped)
        c (number, ${sql.join(NAMES.map((name) => sql.ref(name)))})
    where m.month > (${timeOf(range.from)} at time zone 'utc')::date - 32
      and m.month < (${timeOf(range.to)} at time zone 'utc')
  ) months
  where slot >= ${timeOf(range.from)} and slot < ${timeOf(range.to)} and slot >= since`;

/** Events after a reset within its quarter of an hour, and the visitors after it within its day. */
const resetParts = ({ id, since }: AnalyticsPage & { since: number }) => {
  const events = (until: number) => sql`
    analytics_events e
    where e.page_id = ${id} and e.at >= ${timeOf(since)} and e.at < ${timeOf(until)}`;
  return sql`
    select page_id, at,
      case when excluded is null and block_id is null then 1 else 0 end,
      case when excluded is null and block_id is not null then 1 else 0 end,
      0,
      case excluded when 'bots' then count else 0 end,
      case excluded when 'owner' then count else 0 end,
      case excluded when 'repeats' then count else 0 end,
      case excluded when 'dropped' then count else 0 end
    from ${events(toSlotEnd(since))}
    union all
    select ${id}::uuid, min(at), 0, 0, 1, 0, 0, 0, 0
    from ${events(toUtcDayStart(since) + 86_400_000)} and visitor is not null
    group by visitor`;
};

export type Buckets = { range: Range; previous: Range; starts: number[] };

/** The first bucket may begin before the range. */
const bucketOf = (time: RawBuilder<unknown>, { range, starts }: Buckets) =>
  sql`width_bucket(${time}, ${[range.from, ...starts.slice(1)].map(toTime)}::timestamptz[])`;

/** From the sums of quarters of an hour. */
export async function readCounts(db: Db, pages: AnalyticsPage[], buckets: Buckets): Promise<CountRow[]> {
  const whole = { from: buckets.previous.from, to: buckets.range.to };
  const resets = pages.flatMap(({ id, since }) =>
    since !== null && since >= whole.from - 86_400_000 && since < whole.to ? [{ id, since }] : [],
  );
  const parts = [slotParts(pages, whole), ...resets.map(resetParts)];
  const { rows } = await sql<CountRow>`${resets.length === 0 ? preparedMark : sql``}
    select page_id as "pageId", ${bucketOf(sql`slot`, buckets)} as bucket,
      ${sql.join(NAMES.map((name) => sql`sum(${sql.ref(name)})::bigint as ${sql.ref(name)}`))}
    from (${sql.join(parts, sql` union all `)}) counts
    where slot >= ${timeOf(whole.from)} and slot < ${timeOf(whole.to)}
    group by 1, 2`.execute(db);
  return rows;
}

export type PageRange = Range & { pageId: string };

/** The events `e` of the ranges. */
const rangesPart = (ranges: PageRange[]) => {
  const times = (of: (range: PageRange) => number) =>
    sql`${ranges.map((range) => toTime(of(range)))}::timestamptz[]`;
  return sql`
    unnest(${ranges.map(({ pageId }) => pageId)}::uuid[], ${times(({ from }) => from)}, ${times(({ to }) => to)})
        r (page_id, from_at, to_at)
      join analytics_events e on e.page_id = r.page_id and e.at >= r.from_at and e.at < r.to_at`;
};

/** `from` and `where` of the counted events `e`. */
export const eventsPart = (pages: AnalyticsPage[], { from, to }: Range, filters: Filters) => sql`
  ${pagesPart(pages)} join analytics_events e on e.page_id = p.page_id
  where e.at >= ${timeOf(from)} and e.at < ${timeOf(to)} and e.at >= p.since and ${filtersCondition(filters)}`;

/** From the events of the given ranges. A visitor counts in the bucket of the first event of a day. */
export async function readEventCounts(
  db: Db,
  ranges: PageRange[],
  buckets: Buckets,
  filters: Filters,
): Promise<CountRow[]> {
  if (ranges.length === 0) return [];
  const { rows } = await sql<CountRow>`
    with found as materialized (
      select e.page_id, e.at, e.block_id, e.visitor from ${rangesPart(ranges)} where ${filtersCondition(filters)}
    ),
    parts as (
      select page_id, ${bucketOf(sql`at`, buckets)} as bucket, count(*) filter (where block_id is null) as views,
        count(*) filter (where block_id is not null) as clicks, 0 as visitors
      from found group by 1, 2
      union all
      select page_id, ${bucketOf(sql`first`, buckets)}, 0, 0, count(*) from (
        select page_id, min(at) as first from found where visitor is not null
        group by page_id, visitor, (at at time zone 'utc')::date, at >= ${timeOf(buckets.range.from)}
      ) visitors group by 1, 2
    )
    select page_id as "pageId", bucket, sum(views)::bigint as views, sum(clicks)::bigint as clicks,
      sum(visitors)::bigint as visitors, 0 as bots, 0 as owner, 0 as repeats, 0 as dropped
    from parts group by 1, 2`.execute(db);
  return rows;
}

export type FirstEvent = { pageId: string; visitor: string; at: Date };

/** The first event of each visitor on each UTC day, before and since `from`. */
export async function listFirstEvents(
  db: Db,
  ranges: PageRange[],
  from: number,
  filters: Filters,
): Promise<FirstEvent[]> {
  if (ranges.length === 0) return [];
  const { rows } = await sql<FirstEvent>`
    select e.page_id as "pageId", encode(e.visitor, 'hex') as visitor, min(e.at) as at
    from ${rangesPart(ranges)} where e.visitor is not null and ${filtersCondition(filters)}
    group by e.page_id, e.visitor, (e.at at time zone 'utc')::date, e.at >= ${timeOf(from)}`.execute(db);
  return rows;
}

/** By name, the numbers of views and of clicks. */
export type StoredDimensions = Partial<Record<Dimension, Record<string, [number, number]>>>;
export type StoredMonth = { pageId: string; from: Date; to: Date; dimensions: StoredDimensions };

/** Months of the range whose events were dropped. */
export async function readStoredMonths(
  db: Db,
  pages: AnalyticsPage[],
  { from, to }: Range,
): Promise<StoredMonth[]> {
  const { rows } = await sql<StoredMonth>`
    select p.page_id as "pageId", m.month at time zone 'utc' as from,
      (m.month + interval '1 month') at time zone 'utc' as to, m.dimensions
    from ${pagesPart(pages)} join analytics_months m on m.page_id = p.page_id
    where m.month at time zone 'utc' >= greatest(${timeOf(from)}, p.since)
      and (m.month + interval '1 month') at time zone 'utc' <= ${timeOf(to)}`.execute(db);
  return rows;
}

export type DimensionRow = { dimension: Dimension; name: string | null; views: number; clicks: number };

const groupingMask = (dimensions: readonly Dimension[], one: Dimension) =>
  (1 << dimensions.length) - 1 - (1 << (dimensions.length - 1 - dimensions.indexOf(one)));

/** Groups the events of `from e` by each dimension in one pass. */
export const dimensionColumnsPart = (dimensions: readonly Dimension[]) => sql`
  case grouping(${sql.join(dimensions.map(columnOf))})
    ${sql.join(
      dimensions.map((one) => sql`when ${sql.lit(groupingMask(dimensions, one))} then ${sql.lit(one)}`),
      sql` `,
    )} end as dimension,
  coalesce(${sql.join(dimensions.map(textOf))}) as name,
  count(*) filter (where e.block_id is null) as views, count(*) filter (where e.block_id is not null) as clicks`;
export const dimensionSetsPart = (dimensions: readonly Dimension[]) =>
  sql`${sql.join(dimensions.map((one) => sql`(${columnOf(one)})`))}`;

/** From the events of the given ranges. */
export async function readDimensions(
  db: Db,
  ranges: PageRange[],
  filters: Filters,
  dimensions: readonly Dimension[],
): Promise<DimensionRow[]> {
  if (ranges.length === 0) return [];
  const { rows } = await sql<DimensionRow>`
    select ${dimensionColumnsPart(dimensions)}
    from ${rangesPart(ranges)}
    where ${filtersCondition(filters)}
    group by grouping sets (${dimensionSetsPart(dimensions)})`.execute(db);
  return rows;
}

/** Titles as visitors see them, and the last ones of blocks that are gone. */
export async function readBlockTitles(db: Db, ids: string[]): Promise<Map<string, string | null>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ id: string; title: string | null }>`
    select a.block_id as id, case when b.id is null then a.title else ${shownTitlePart} end as title
    from analytics_blocks a left join blocks b on b.id = a.block_id
    where a.block_id = any(${ids}::uuid[])`.execute(db);
  return new Map(rows.map(({ id, title }) => [id, title]));
}

/** When the events begin that are still stored; null if all are. */
export async function findDetailsStart(db: Db, pages: AnalyticsPage[]): Promise<Date | null> {
  const { rows } = await sql<{ start: Date | null }>`
    select (max(month) + interval '1 month') at time zone 'utc' as start
    from analytics_months where page_id = any(${idsOf(pages)})`.execute(db);
  return rows[0]?.start ?? null;
}

export async function updateAnalyticsSettings(
  db: Db,
  pageId: string,
  change: { resetAt?: Date; isPublic?: boolean },
): Promise<void> {
  const columns = {
    ...(change.resetAt && { reset_at: change.resetAt }),
    ...(change.isPublic !== undefined && { is_public: change.isPublic }),
  };
  await db
    .insertInto('analytics_settings')
    .values({ page_id: pageId, reset_at: null, ...columns })
    .onConflict((conflict) => conflict.column('page_id').doUpdateSet(columns))
    .execute();
}
