import { onCommit } from '@linkgrove/db';
import type { AppCtx } from '../../../core/context.ts';
import { getCreditAccount } from '../../rewards/service.ts';
import { MAX_STATS_DAYS, type ReferralFunnel, type ReferralStats } from '../schema.ts';
import * as queries from './queries.ts';
import type { DayCounts, LinkCounts, StatsRow } from './queries.ts';

const getStatsCache = (ctx: AppCtx) => ctx.cache<StatsRow>('referral-stats');

export const invalidateReferralStats = (ctx: AppCtx, referrerId: string): Promise<void> =>
  onCommit(ctx, () => getStatsCache(ctx).invalidate(referrerId));

const readCachedStats = (ctx: AppCtx, userId: string): Promise<StatsRow> =>
  getStatsCache(ctx).get(userId, () => queries.readReferralStats(ctx.db, userId, MAX_STATS_DAYS));

const DAY_MS = 86_400_000;

/** Returns the UTC dates of the last `MAX_STATS_DAYS` days, ending today; computed once a day. */
const listRecentDates = (() => {
  let day = Number.NaN;
  let dates: string[] = [];
  return (): string[] => {
    const today = Math.floor(Date.now() / DAY_MS);
    if (today !== day) {
      day = today;
      dates = Array.from({ length: MAX_STATS_DAYS }, (_, index) =>
        new Date((today - MAX_STATS_DAYS + 1 + index) * DAY_MS).toISOString().slice(0, 10),
      );
    }
    return dates;
  };
})();

function fillDays(rows: DayCounts[], days: number): DayCounts[] {
  const byDate = new Map(rows.map((row) => [row.date, row]));
  return listRecentDates()
    .slice(-days)
    .map((date) => byDate.get(date) ?? { date, visits: 0, signups: 0, successful: 0 });
}

const toRatio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

/** Only credits are read anew; the rest is cached. */
export async function getReferralStats(
  ctx: AppCtx,
  input: { userId: string; days: number },
): Promise<ReferralStats> {
  const { userId } = input;
  const [{ links, days }, credits] = await Promise.all([
    readCachedStats(ctx, userId),
    getCreditAccount(ctx, userId),
  ]);
  const sumLinks = (of: (link: LinkCounts) => number) => links.reduce((sum, link) => sum + of(link), 0);
  const signups = sumLinks((link) => link.signups);
  const successful = sumLinks((link) => link.successful);
  return {
    visits: sumLinks((link) => link.visits),
    signups,
    pending: sumLinks((link) => link.pending),
    successful,
    rejected: sumLinks((link) => link.rejected),
    review: sumLinks((link) => link.review),
    conversionRate: toRatio(successful, signups),
    creditsEarned: credits.earned,
    creditsBalance: credits.balance,
    links: links.filter((link) => !link.deleted),
    daily: fillDays(days, input.days),
  };
}

export async function getReferralFunnel(
  ctx: AppCtx,
  input: { userId: string; days: number },
): Promise<ReferralFunnel> {
  const { days } = await readCachedStats(ctx, input.userId);
  const recent = fillDays(days, input.days);
  const sumDays = (of: (day: DayCounts) => number) => recent.reduce((sum, day) => sum + of(day), 0);
  const visits = sumDays((day) => day.visits);
  const signups = sumDays((day) => day.signups);
  const successful = sumDays((day) => day.successful);
  return {
    visits,
    signups,
    successful,
    signupRate: toRatio(signups, visits),
    successRate: toRatio(successful, signups),
  };
}
