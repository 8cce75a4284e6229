import { isoTimePart } from '@linkgrove/db';
import { sql } from 'kysely';
import type { AnalyticsEvent } from '../schema.ts';

/** Keeps the body of an event below its limit, whatever a batch contains. */
const MAX_BLOCKS = 200;

/** For `publishEventsFrom`: one event per page. Each is about a time of its own, so none waits for another. */
export function clickEventsQuery(clicks: AnalyticsEvent[]) {
  const rows = clicks.map(({ pageId, blockId, at }) => ({ pageId, blockId, at: new Date(at).toISOString() }));
  return sql`
    select p.workspace_id, gen_random_uuid() as object_id, json_build_object(
      'pageId', p.id, 'workspaceId', p.workspace_id, 'clicks', c.clicks,
      'blocks', to_json(c.blocks[1:${sql.lit(MAX_BLOCKS)}]),
      'from', ${isoTimePart(sql`c.first`)}, 'to', ${isoTimePart(sql`c.last`)}
    ) as data
    from (
      select "pageId", sum(clicks) as clicks, min(first) as first, max(last) as last,
        array_agg(json_build_object('id', "blockId", 'clicks', clicks) order by clicks desc, "blockId") as blocks
      from (
        select "pageId", "blockId", count(*) as clicks, min(at) as first, max(at) as last
        from json_to_recordset(${JSON.stringify(rows)}::json) as g ("pageId" uuid, "blockId" uuid, at timestamptz)
        group by "pageId", "blockId"
      ) b
      group by "pageId"
    ) c join pages p on p.id = c."pageId"`;
}
