import { withTransaction } from '@linkgrove/db';
import type { AppCtx, TrxCtx } from '../../../core/context.ts';
import * as queries from './queries.ts';

const DELETED_AT_ONCE = 5_000;

/** For pages that went with an account. Their events are erased in the background, however many there are. */
export const markAnalyticsForErasure = (ctx: TrxCtx, pageIds: string[]): Promise<void> =>
  queries.insertErasures(ctx.db, pageIds);

/** Scheduled job: destroys what could lead to a person, and keeps the sums. */
export async function eraseAnalytics(ctx: AppCtx): Promise<void> {
  for (let id = await queries.findDueErasure(ctx.db); id; id = await queries.findDueErasure(ctx.db)) {
    const pageId = id;
    while ((await queries.deleteEventRows(ctx.db, pageId, DELETED_AT_ONCE)) === DELETED_AT_ONCE);
    await withTransaction(ctx, (trx) => queries.finishErasure(trx.db, pageId));
  }
}
