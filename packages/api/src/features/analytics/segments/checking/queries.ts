import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';
import type { EncodedSegment } from '../encoding/policy.ts';
import type { SegmentRange } from '../packing/queries.ts';
import type { SegmentCursor } from '../queries.ts';

export type WholeSegment = SegmentRange & EncodedSegment;

/** In order of pages and time. Pages whose events were erased are left out. */
export async function listWholeSegments(
  db: Db,
  { pageId, from }: SegmentCursor,
  limit: number,
): Promise<WholeSegment[]> {
  const { rows } = await sql<WholeSegment>`
    select page_id as "pageId", from_at as "from", to_at as "to", events, names, slots, visitors, visitor, block,
      referrer, country, region, device, browser, os, language, utm_source as "utmSource", utm_medium as "utmMedium",
      utm_campaign as "utmCampaign", via
    from analytics_segments g
    where (page_id, from_at) > (${pageId}::uuid, ${from.toISOString()}::timestamptz)
      and not exists (select from analytics_erasures x where x.page_id = g.page_id)
    order by page_id, from_at limit ${limit}`.execute(db);
  return rows;
}
