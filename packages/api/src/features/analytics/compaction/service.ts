import { openDatabase, withTransaction } from '@linkgrove/db';
import type { AppCtx, DbCtx } from '../../../core/context.ts';
import { BUSY_DAY_EVENTS } from '../policy.ts';
import { lockIngest } from '../sink/queries.ts';
import * as queries from './queries.ts';

const DAY_MS = 86_400_000;
const PAGES_PER_TRANSACTION = 200;
const DAYS_PER_RUN = 1_000;
const FOLD_TIMEOUT_MS = 10 * 60_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

const toDay = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Scheduled job: counts the breakdowns of busy past days once, so that charts of busy pages stay fast. */
export async function storeBusyDays(ctx: AppCtx): Promise<void> {
  const now = Date.now();
  const since = toDay(now - ctx.config.analyticsRetentionSeconds * 1_000 + DAY_MS);
  const days = await queries.listBusyDays(ctx.db, {
    since,
    until: toDay(now),
    minEvents: BUSY_DAY_EVENTS,
    limit: DAYS_PER_RUN,
  });
  for (const { pageId, day } of days)
    await withTransaction(ctx, async (trx) => {
      await lockIngest(trx.db);
      await queries.insertDayDimensions(trx.db, pageId, day);
    });
}

/** A month of a busy page takes longer than a request may, so this has a connection of its own. */
export async function compactMonth(ctx: AppCtx, from: string, to: string): Promise<void> {
  const url = ctx.config.databaseUrl;
  if (url === undefined) return foldPages(ctx, { from, to });
  const { db, close } = openDatabase({ url, maxConnections: 1, statementTimeout: FOLD_TIMEOUT_MS });
  try {
    await foldPages({ db }, { from, to });
  } finally {
    await close();
  }
}

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
