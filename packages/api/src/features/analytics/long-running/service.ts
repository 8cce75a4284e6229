import { openDatabase } from '@linkgrove/db';
import type { AppCtx, DbCtx } from '../../../core/context.ts';

const STATEMENT_TIMEOUT_MS = 10 * 60_000;

/** Runs work whose statements may take longer than those of a request, on a connection of its own. */
export async function runLongStatements(
  ctx: Pick<AppCtx, 'db' | 'config'>,
  work: (ctx: DbCtx) => Promise<void>,
): Promise<void> {
  const url = ctx.config.databaseUrl;
  if (url === undefined) return work(ctx);
  const { db, close } = openDatabase({ url, maxConnections: 1, statementTimeout: STATEMENT_TIMEOUT_MS });
  try {
    await work({ db });
  } finally {
    await close();
  }
}
