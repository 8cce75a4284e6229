import { withTransaction } from '@linkgrove/db';
import type { AppCtx, TrxCtx } from '../../../core/context.ts';
import * as queries from './queries.ts';
import type { Leaderboard, Period } from './schema.ts';

/** Who has brought the most verified people in a period, of those who want to be seen; a hundred at most. */
export async function getLeaderboard(ctx: AppCtx, input: { period: Period }): Promise<Leaderboard> {
  return { items: await queries.listLeaders(ctx.db, input.period), nextCursor: null };
}

/** Puts a user on the board or takes them off, at once; for when they change their mind. */
export const refreshLeaderboardOfUser = (ctx: TrxCtx, userId: string): Promise<void> =>
  queries.refreshLeaderboardRows(ctx.db, userId);

/** Works the whole board out anew; for the worker. */
export const refreshLeaderboard = (ctx: AppCtx): Promise<void> =>
  withTransaction(ctx, ({ db }) => queries.refreshLeaderboardRows(db, null));
