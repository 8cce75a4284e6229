import type { Db } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import { EVENT_COLUMNS } from '../queries.ts';
import type { Dimension } from '../schema.ts';
import type { SegmentColumn } from './counting/policy.ts';
import type { SegmentNames } from './encoding/policy.ts';

const COLUMNS: Record<SegmentColumn, string> = {
  ...EVENT_COLUMNS,
  block: 'block',
  slots: 'slots',
  visitors: 'visitors',
  visitor: 'visitor',
};

const segmentColumn = (column: SegmentColumn): RawBuilder<unknown> => sql.ref(`g.${COLUMNS[column]}`);

export type StoredSegment = {
  pageId: string;
  from: Date;
  to: Date;
  month: Date;
  events: number;
  names: Partial<SegmentNames>;
} & Partial<Record<SegmentColumn, Buffer | null>>;

export type SegmentsWanted = {
  dimensions: readonly Dimension[];
  columns: readonly SegmentColumn[];
  /** Wanted where only a part of the segment counts. */
  partialColumns: readonly SegmentColumn[];
};
export type SegmentCursor = { pageId: string; from: Date };

/** In order of pages and time. `pages` says from when on the events of each count. */
export async function listSegments(
  db: Db,
  pages: { id: string; from: number }[],
  to: number,
  { dimensions, columns, partialColumns }: SegmentsWanted,
  after: SegmentCursor,
  limit: number,
): Promise<StoredSegment[]> {
  const end = sql`${new Date(to).toISOString()}::timestamptz`;
  const isWhole = sql`g.from_at >= p.starts_at and g.to_at <= ${end}`;
  const bytes = [
    ...columns.map((column) => sql`${segmentColumn(column)} as ${sql.ref(column)}`),
    ...partialColumns.map(
      (column) => sql`case when not (${isWhole}) then ${segmentColumn(column)} end as ${sql.ref(column)}`,
    ),
  ];
  const names = dimensions.map((dimension) => sql`${sql.lit(dimension)}, g.names->${sql.lit(dimension)}`);
  const { rows } = await sql<StoredSegment>`
    select g.page_id as "pageId", g.from_at as "from", g.to_at as "to", g.events,
      date_trunc('month', g.from_at, 'utc') as month, jsonb_build_object(${sql.join(names)}) as names,
      ${sql.join(bytes)}
    from unnest(
        ${pages.map(({ id }) => id)}::uuid[],
        ${pages.map(({ from }) => new Date(from).toISOString())}::timestamptz[]
      ) p (page_id, starts_at)
      join analytics_segments g on g.page_id = p.page_id
    where g.from_at >= date_trunc('month', p.starts_at, 'utc') and g.from_at < ${end} and g.to_at > p.starts_at
      and (g.page_id, g.from_at) > (${after.pageId}::uuid, ${after.from.toISOString()}::timestamptz)
    order by g.page_id, g.from_at limit ${limit}`.execute(db);
  return rows;
}
