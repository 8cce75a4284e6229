import { onCommit } from '@linkgrove/db';
import type { AppCtx } from '../../../core/context.ts';
import { getCreditAccount } from '../../rewards/service.ts';
import type { ReferralFunnel, ReferralStats } from '../schema.ts';
import * as queries from './queries.ts';
import type { DayCounts, LinkCounts, StatsRow } from './queries.ts';

const cacheOf = (ctx: AppCtx) => ctx.cache<StatsRow>('referral-stats');

/** Forgets the cached stats of a referrer once the change that made them old has committed. */
export const invalidateReferralStats = (ctx: AppCtx, referrerId: string): Promise<void> =>
  onCommit(ctx, () => cacheOf(ctx).invalidate(referrerId));

const readCached = (ctx: AppCtx, userId: string): Promise<StatsRow> =>
  cacheOf(ctx).get(userId, () => queries.findReferralStats(ctx.db, userId));

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

const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

/**
 * The user's counts over all links, per link and per day (UTC), as they are at the moment of reading or were
 * less than a second before. Credits are always read anew.
 */
export async function getReferralStats(
  ctx: AppCtx,
  input: { userId: string; days: number },
): Promise<ReferralStats> {
  const { userId } = input;
  const [{ links, days }, credits] = await Promise.all([
    readCached(ctx, userId),
    getCreditAccount(ctx, userId),
  ]);
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
    conversionRate: ratio(successful, signups),
    creditsEarned: credits.earned,
    creditsBalance: credits.balance,
    links: links.filter((link) => !link.deleted),
    daily: fillDays(days, input.days),
  };
}

/** How many visits of the last `days` days (UTC) became sign-ups, and how many of those successful referrals. */
export async function getReferralFunnel(
  ctx: AppCtx,
  input: { userId: string; days: number },
): Promise<ReferralFunnel> {
  const { days } = await readCached(ctx, input.userId);
  const recent = fillDays(days, input.days);
  const total = (of: (day: DayCounts) => number) => recent.reduce((sum, day) => sum + of(day), 0);
  const visits = total((day) => day.visits);
  const signups = total((day) => day.signups);
  const successful = total((day) => day.successful);
  return {
    visits,
    signups,
    successful,
    signupRate: ratio(signups, visits),
    successRate: ratio(successful, signups),
  };
}
