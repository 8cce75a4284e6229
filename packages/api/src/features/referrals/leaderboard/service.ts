import { withTransaction } from '@linkgrove/db';
import type { AppCtx, TrxCtx } from '../../../core/context.ts';
import * as queries from './queries.ts';
import type { Leaderboard, LeaderboardPeriod } from './schema.ts';

const LEADERBOARD_SIZE = 100;
// More than are shown, so that the next referrer moves up at once when one opts out.
const LEADERBOARD_ROWS_KEPT = 200;

export async function getLeaderboard(
  ctx: AppCtx,
  input: { period: LeaderboardPeriod },
): Promise<Leaderboard> {
  return { items: await queries.listLeaders(ctx.db, input.period, LEADERBOARD_SIZE), nextCursor: null };
}

export const refreshLeaderboardOfUser = (ctx: TrxCtx, userId: string): Promise<void> =>
  queries.refreshLeaderboardRows(ctx.db, { userId, keep: LEADERBOARD_ROWS_KEPT });

export const refreshLeaderboard = (ctx: AppCtx): Promise<void> =>
  withTransaction(ctx, ({ db }) =>
    queries.refreshLeaderboardRows(db, { userId: null, keep: LEADERBOARD_ROWS_KEPT }),
  );
