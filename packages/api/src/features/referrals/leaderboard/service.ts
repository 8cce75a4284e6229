import { withTransaction } from '@linkgrove/db';
import type { AppCtx, AppTrxCtx, Ctx } from '../../../core/context.ts';
import { findSignedInUserId } from '../../../core/principal.ts';
import { openTimeZone } from '../../analytics/service.ts';
import { getRunningCampaign } from '../campaigns/service.ts';
import * as queries from './queries.ts';
import type { Leaderboard } from './schema.ts';

// More than are shown, so that the next referrer moves up at once when one opts out.
const LEADERBOARD_ROWS_KEPT = 200;

type Board = { period: string; timezone: string };

const toMonth = (timezone: string): string =>
  new Date(Date.now() + openTimeZone(timezone).toOffset(Date.now())).toISOString().slice(0, 7);

/** The board of the running month has its own name. */
async function findBoard(ctx: AppCtx, period: string): Promise<Board> {
  const { timezone } = await getRunningCampaign(ctx);
  return { period: period === toMonth(timezone) ? 'month' : period, timezone };
}

export async function getLeaderboard(
  ctx: Ctx,
  input: { period: string; limit: number },
): Promise<Leaderboard> {
  const userId = await findSignedInUserId(ctx);
  const board = await findBoard(ctx, input.period);
  return {
    items: await queries.listLeaders(ctx.db, board.period, input.limit),
    nextCursor: null,
    me: userId === undefined ? null : await findPlace(ctx, board, userId),
  };
}

const isRunning = (period: string) => !/^\d/.test(period);

/** Below the kept rows, the rank is as of the last time that ranks were computed; of past months it is not known. */
async function findPlace(ctx: AppCtx, board: Board, userId: string): Promise<Leaderboard['me']> {
  const { period } = board;
  const kept = await queries.findLeaderCount(ctx.db, period, userId);
  const successful =
    kept ??
    (isRunning(period) ? await queries.findSuccessfulOfOptedIn(ctx.db, { ...board, userId }) : undefined);
  if (successful === undefined) return null;
  const above = await queries.countLeadersAbove(ctx.db, period, successful);
  if (above < LEADERBOARD_ROWS_KEPT) return { rank: above + 1, successful };
  return {
    rank: 1 + Math.max(above, await queries.countReferrersAbove(ctx.db, period, successful)),
    successful,
  };
}

async function refreshRows(
  ctx: AppTrxCtx,
  { userId, which }: { userId: string | null; which: queries.BoardPeriods },
): Promise<void> {
  const { timezone } = await getRunningCampaign(ctx);
  await queries.refreshLeaderboardRows(ctx.db, { userId, which, timezone, keep: LEADERBOARD_ROWS_KEPT });
}

export const refreshLeaderboardOfUser = (ctx: AppTrxCtx, userId: string): Promise<void> =>
  refreshRows(ctx, { userId, which: 'running' });

export const refreshLeaderboard = (ctx: AppCtx): Promise<void> =>
  withTransaction(ctx, (trx) => refreshRows(trx, { userId: null, which: 'running' }));

/** Reversals change the board of the last month until this one is over; then it is final. */
export const refreshPastLeaderboard = (ctx: AppCtx): Promise<void> =>
  withTransaction(ctx, (trx) => refreshRows(trx, { userId: null, which: 'last month' }));
