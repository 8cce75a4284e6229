import type { AppCtx, MemberCtx, UserCtx } from '../../../core/context.ts';
import { listOwnAnalyticsPages, requireAnalyticsPage } from '../access/service.ts';
import { MAX_YEARS } from '../periods/policy.ts';
import { findAnalyticsPages, readCounts } from '../queries.ts';
import { readPageAnalytics, resolveQuery } from '../service.ts';
import * as queries from './queries.ts';
import type { AnalyticsExport, ExportAnalyticsInput, OwnAnalytics } from './schema.ts';

const PART_ROWS = 2_000;

/** Counts of the user's pages in the last ten years, by UTC day. */
export async function exportOwnAnalytics(ctx: UserCtx): Promise<OwnAnalytics> {
  await ctx.recorder.settle();
  const from = new Date(Date.now() - MAX_YEARS * 365 * 86_400_000).toISOString();
  const query = resolveQuery({ timezone: 'UTC', interval: 'day', from });
  const exported: OwnAnalytics = [];
  for (const { id, handle } of await listOwnAnalyticsPages(ctx)) {
    const rows = await readCounts(ctx.db, await findAnalyticsPages(ctx.db, [id]), query);
    const days = rows.flatMap(({ bucket, views, clicks, visitors }) => {
      const start = query.starts[bucket - 1];
      return start === undefined || views + clicks === 0
        ? []
        : [{ date: new Date(start).toISOString().slice(0, 10), views, clicks, visitors }];
    });
    exported.push({ pageId: id, handle, days: days.toSorted((a, b) => (a.date < b.date ? -1 : 1)) });
  }
  return exported;
}

/** One part of an export; a whole one is read part by part. */
export async function exportPageAnalytics(
  ctx: MemberCtx,
  { id, format: _format, cursor, interval, ...input }: ExportAnalyticsInput,
): Promise<AnalyticsExport> {
  await requireAnalyticsPage(ctx, id);
  if (interval) {
    const { series } = await readPageAnalytics(ctx, id, { ...input, interval });
    return { items: series, nextCursor: null };
  }
  await ctx.recorder.settle();
  const { range, filters } = resolveQuery({ ...input, interval: 'month' });
  const from = cursor === undefined ? range.from : Math.max(range.from, Date.parse(cursor) + 1);
  return readEvents(ctx, id, { range: { ...range, from }, filters });
}

async function readEvents(
  ctx: AppCtx,
  id: string,
  part: Omit<Parameters<typeof queries.listEventRows>[2], 'limit'>,
): Promise<AnalyticsExport> {
  const pages = await findAnalyticsPages(ctx.db, [id]);
  const rows = await queries.listEventRows(ctx.db, pages, { ...part, limit: PART_ROWS });
  const items = rows.map((row) => ({ ...row, at: row.at.toISOString() }));
  return { items, nextCursor: rows.length < PART_ROWS ? null : (items.at(-1)?.at ?? null) };
}
