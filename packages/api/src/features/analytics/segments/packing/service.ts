import { withTransaction } from '@linkgrove/db';
import type { AppCtx, DbCtx } from '../../../../core/context.ts';
import { createPacer } from '../../../../core/pacing.ts';
import { runLongStatements } from '../../long-running/service.ts';
import { MIN_SEGMENT_EVENTS } from '../../policy.ts';
import { lockIngest } from '../../sink/queries.ts';
import { createSegmentBuilder, type EncodedSegment } from '../encoding/policy.ts';
import { listSegmentPeriods, isFull } from './policy.ts';
import * as queries from './queries.ts';

const RECENT_MS = 60 * 60_000;
const MONTHS_PER_RUN = 1_000;
const ROWS_PER_READ = 5_000;

/** Scheduled job: packs new events of busy pages, so that their breakdowns and filters stay fast. */
export const packRecentEvents = (ctx: DbCtx): Promise<void> =>
  packSince(ctx, new Date(Date.now() - RECENT_MS));

/** Scheduled job: packs what came late, and what the other job missed. */
export const packAllEvents = (ctx: AppCtx): Promise<void> =>
  runLongStatements(ctx, (slow) =>
    packSince(slow, new Date(Date.now() - ctx.config.analyticsRetentionSeconds * 1_000)),
  );

async function packSince(ctx: DbCtx, since: Date): Promise<void> {
  const until = await queries.findPackableEnd(ctx.db);
  const wanted = { since, until, minEvents: MIN_SEGMENT_EVENTS, limit: MONTHS_PER_RUN };
  for (const month of await queries.listUnpackedMonths(ctx.db, wanted)) await packMonth(ctx, month, until);
}

/** A last segment that is not full yet is made again with the events that follow it. */
async function packMonth(ctx: DbCtx, month: queries.PageMonth, until: Date): Promise<void> {
  const { pageId } = month;
  const last = await queries.findLastSegment(ctx.db, month);
  const from = last === undefined ? month.month : isFull(last) ? last.to : last.from;
  const slots = await queries.listSlotEvents(ctx.db, month, from, until);
  for (const range of listSegmentPeriods(from, slots, until))
    if (!(await packSegment(ctx, { pageId, ...range }))) return;
}

export async function buildSegment({ db }: DbCtx, range: queries.SegmentRange): Promise<EncodedSegment> {
  const builder = createSegmentBuilder();
  const pause = createPacer();
  for (let { from } = range; ;) {
    const events = await queries.listSegmentEvents(db, { ...range, from }, ROWS_PER_READ);
    for (const event of events) builder.add(event);
    const last = events.at(-1);
    if (!last || events.length < ROWS_PER_READ) return builder.build();
    from = new Date(last.at.getTime() + 1);
    await pause();
  }
}

/** False if events came or went meanwhile. */
async function packSegment(ctx: DbCtx, range: queries.SegmentRange): Promise<boolean> {
  const segment = await buildSegment(ctx, range);
  return withTransaction(ctx, async (trx) => {
    await lockIngest(trx.db);
    const counted = await queries.countSlotEvents(trx.db, range);
    if (counted !== segment.events) return false;
    await queries.replaceSegment(trx.db, range, segment);
    return true;
  });
}
