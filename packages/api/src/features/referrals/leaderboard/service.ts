import { withTransaction } from '@linkgrove/db';
import type { AppCtx, Ctx, TrxCtx } from '../../../core/context.ts';
import { findSignedInUserId } from '../../../core/principal.ts';
import * as queries from './queries.ts';
import type { Leaderboard, LeaderboardPeriod } from './schema.ts';

// More than are shown, so that the next referrer moves up at once when one opts out.
const LEADERBOARD_ROWS_KEPT = 200;

export async function getLeaderboard(
  ctx: Ctx,
  { period, limit }: { period: LeaderboardPeriod; limit: number },
): Promise<Leaderboard> {
  const userId = await findSignedInUserId(ctx);
  return {
    items: await queries.listLeaders(ctx.db, period, limit),
    nextCursor: null,
    me: userId === undefined ? null : await findPlace(ctx, period, userId),
  };
}

/** Below the kept rows, the rank is as of the last time that ranks were computed. */
async function findPlace(ctx: AppCtx, period: LeaderboardPeriod, userId: string): Promise<Leaderboard['me']> {
  const successful =
    (await queries.findLeaderCount(ctx.db, period, userId)) ??
    (await queries.findSuccessfulOfOptedIn(ctx.db, period, userId));
  if (successful === undefined) return null;
  const above = await queries.countLeadersAbove(ctx.db, period, successful);
  if (above < LEADERBOARD_ROWS_KEPT) return { rank: above + 1, successful };
  return {
    rank: 1 + Math.max(above, await queries.countReferrersAbove(ctx.db, period, successful)),
    successful,
  };
}

export const refreshLeaderboardOfUser = (ctx: TrxCtx, userId: string): Promise<void> =>
  queries.refreshLeaderboardRows(ctx.db, { userId, keep: LEADERBOARD_ROWS_KEPT });

export const refreshLeaderboard = (ctx: AppCtx): Promise<void> =>
  withTransaction(ctx, ({ db }) =>
    queries.refreshLeaderboardRows(db, { userId: null, keep: LEADERBOARD_ROWS_KEPT }),
  );
