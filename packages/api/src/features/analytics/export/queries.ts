import { type Db, shownTitlePart } from '@linkgrove/db';
import { sql } from 'kysely';
import type { Range } from '../periods/policy.ts';
import { type AnalyticsPage, eventsPart, type Filters } from '../queries.ts';
import type { ExportedEvent } from './schema.ts';

export type EventRow = Omit<ExportedEvent, 'at'> & { at: Date };

/** In order of time. Never ends among events of the same time, so that the next part can begin after it. */
export async function listEventRows(
  db: Db,
  pages: AnalyticsPage[],
  { range, filters, limit }: { range: Range; filters: Filters; limit: number },
): Promise<EventRow[]> {
  const { rows } = await sql<EventRow>`
    select e.at, case when e.block_id is null then 'view' else 'click' end as type, e.block_id as "blockId",
      (
        select case when b.id is null then a.title else ${shownTitlePart} end
        from analytics_blocks a left join blocks b on b.id = a.block_id where a.block_id = e.block_id
      ) as "blockTitle",
      e.referrer, e.country, e.region, e.device, e.browser, e.os, e.language, e.utm_source as "utmSource",
      e.utm_medium as "utmMedium", e.utm_campaign as "utmCampaign", e.via
    from ${eventsPart(pages, range, filters)}
    order by e.at fetch first ${limit} rows with ties`.execute(db);
  return rows;
}
