import { setTimeout as sleep } from 'node:timers/promises';
import type { MemberCtx } from '../../../core/context.ts';
import { requireAnalyticsPage } from '../access/service.ts';
import { listEventRows } from '../export/queries.ts';
import { findAnalyticsPages } from '../queries.ts';
import { countUniqueVisitors } from './queries.ts';
import type { LiveUpdate } from './schema.ts';

const LIVE_MINUTES = 5;
const UPDATE_MS = 2_000;
/** Every server has written its events by then. */
const LAG_MS = 2_000;
const MAX_EVENTS = 100;
/** The client connects again, and shows who it is. */
const MAX_STREAM_MS = 5 * 60_000;

/** Throws like `requireRole`. Ends when the client leaves. */
export async function* watchPageAnalytics(
  ctx: MemberCtx,
  { id, cursor }: { id: string; cursor?: string | undefined },
  signal: AbortSignal | undefined,
): AsyncGenerator<LiveUpdate> {
  const endsAt = Date.now() + MAX_STREAM_MS;
  const first = Date.now() - LIVE_MINUTES * 60_000;
  let from = cursor === undefined ? first : Math.max(first, Date.parse(cursor));
  while (Date.now() < endsAt && !signal?.aborted) {
    await requireAnalyticsPage(ctx, id);
    await ctx.recorder.settle();
    const to = Date.now() - LAG_MS;
    const pages = await findAnalyticsPages(ctx.db, [id]);
    const rows = await listEventRows(ctx.db, pages, { range: { from, to }, filters: {}, limit: MAX_EVENTS });
    const recent = { from: to - LIVE_MINUTES * 60_000, to };
    const last = rows.at(-1)?.at.getTime();
    // Another clock may have been ahead.
    from = rows.length >= MAX_EVENTS && last !== undefined ? last + 1 : Math.max(from, to);
    yield {
      visitors: await countUniqueVisitors(ctx.db, pages, recent),
      events: rows.map((row) => ({ ...row, at: row.at.toISOString() })),
      cursor: new Date(from).toISOString(),
    };
    await sleep(UPDATE_MS, undefined, { signal, ref: false }).catch(() => {});
  }
}
