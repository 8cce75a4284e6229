import { withTransaction } from '@linkgrove/db';
import type { AppCtx, DbCtx } from '../../../core/context.ts';
import { runLongStatements } from '../long-running/service.ts';
import * as queries from './queries.ts';

const PAGES_PER_TRANSACTION = 200;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** A month of a busy page takes longer than a request may. */
export const compactMonth = (ctx: AppCtx, from: string, to: string): Promise<void> =>
  runLongStatements(ctx, (slow) => foldPages(slow, { from, to }));

async function foldPages(ctx: DbCtx, month: queries.MonthRange): Promise<void> {
  for (let after = FIRST_ID; ;) {
    const ids = await queries.listPagesWithSlots(ctx.db, month, after, PAGES_PER_TRANSACTION);
    const last = ids.at(-1);
    if (last === undefined) return;
    await withTransaction(ctx, async (trx) => {
      await queries.foldMonth(trx.db, month, ids);
    });
    after = last;
  }
}
