import { onCommit, withTransaction } from '@linkgrove/db';
import type { AppCtx } from '../../../core/context.ts';
import type { ReferralStats } from '../schema.ts';
import * as queries from './queries.ts';
import type { DayCounts, LinkCounts, StatsRow } from './queries.ts';

const cacheOf = (ctx: AppCtx) => ctx.cache<StatsRow>('referral-stats');

/** Forgets the cached stats of a referrer once the change that made them old has committed. */
export const forgetStats = (ctx: AppCtx, referrerId: string): Promise<void> =>
  onCommit(ctx, () => cacheOf(ctx).invalidate(referrerId));

const DAY_MS = 86_400_000;
const dateBefore = (now: number, days: number) => new Date(now - days * DAY_MS).toISOString().slice(0, 10);

/** One row for each of the last `days` days, those without events included. */
function fillDays(rows: DayCounts[], days: number): DayCounts[] {
  const byDate = new Map(rows.map((row) => [row.date, row]));
  const now = Date.now();
  return Array.from({ length: days }, (_, index) => {
    const date = dateBefore(now, days - 1 - index);
    return byDate.get(date) ?? { date, visits: 0, signups: 0, successful: 0 };
  });
}

/** The user's counts over all links, per link and per day (UTC); exact at the moment of reading. */
export async function getStats(ctx: AppCtx, input: { userId: string; days: number }): Promise<ReferralStats> {
  const { links, days, creditsEarned, creditsBalance } = await cacheOf(ctx).get(input.userId, () =>
    queries.readStats(ctx.db, input.userId),
  );
  const total = (of: (link: LinkCounts) => number) => links.reduce((sum, link) => sum + of(link), 0);
  const signups = total((link) => link.signups);
  const successful = total((link) => link.successful);
  return {
    visits: total((link) => link.visits),
    signups,
    pending: total((link) => link.pending),
    successful,
    rejected: total((link) => link.rejected),
    review: total((link) => link.review),
    conversionRate: signups === 0 ? 0 : successful / signups,
    creditsEarned,
    creditsBalance,
    links: links.filter((link) => !link.deleted),
    daily: fillDays(days, input.days),
  };
}

const BATCH = 5_000;

/** Moves what has been appended into the totals, batch by batch; returns how many rows were moved. */
export async function rollUpDeltas(ctx: AppCtx): Promise<number> {
  let moved = 0;
  for (;;) {
    const batch = await withTransaction(ctx, async ({ db }) =>
      (await queries.tryLockRollUp(db)) ? queries.rollUp(db, BATCH) : 0,
    );
    moved += batch;
    if (batch < BATCH) return moved;
  }
}
