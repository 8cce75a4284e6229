import { onCommit } from '@linkgrove/db';
import type { AppCtx, CacheCtx } from '../../../core/context.ts';
import { createValidationError } from '../../../core/errors.ts';
import { findPrevious, listBucketStarts, openTimeZone, resolvePeriod } from '../../analytics/service.ts';
import { getCreditAccount } from '../../rewards/service.ts';
import { getCampaignOfReferrer } from '../campaigns/service.ts';
import {
  DEFAULT_STATS_DAYS,
  type FunnelStage,
  MAX_STATS_DAYS,
  type ReferralFunnel,
  type ReferralStats,
  type StatsPeriod,
} from '../schema.ts';
import { addCounts, findNextMilestone, NO_COUNTS, toRate } from './policy.ts';
import * as queries from './queries.ts';
import type { DayCounts, LinkCounts, SeriesCounts, StatsRow } from './queries.ts';

const getStatsCache = (ctx: Pick<AppCtx, 'cache'>) => ctx.cache<StatsRow>('referral-stats');

export const invalidateReferralStats = (ctx: CacheCtx, referrerId: string): Promise<void> =>
  onCommit(ctx, () => getStatsCache(ctx).invalidate(referrerId));

async function readCachedStats(ctx: AppCtx, userId: string): Promise<StatsRow> {
  await ctx.recorder.settleVisits();
  return getStatsCache(ctx).get(userId, () => queries.readReferralStats(ctx.db, userId, MAX_STATS_DAYS * 2));
}

const DAY_MS = 86_400_000;

/** Returns the UTC dates of the last `2 * MAX_STATS_DAYS` days, ending today; computed once a day. */
const listRecentDates = (() => {
  let day = Number.NaN;
  let dates: string[] = [];
  return (): string[] => {
    const today = Math.floor(Date.now() / DAY_MS);
    if (today !== day) {
      day = today;
      const count = MAX_STATS_DAYS * 2;
      dates = Array.from({ length: count }, (_, index) =>
        new Date((today - count + 1 + index) * DAY_MS).toISOString().slice(0, 10),
      );
    }
    return dates;
  };
})();

function fillDays(rows: DayCounts[], days: number): DayCounts[] {
  const byDate = new Map(rows.map((row) => [row.date, row]));
  return listRecentDates()
    .slice(-days)
    .map((date) => byDate.get(date) ?? { ...NO_COUNTS, date });
}

/** `start` in milliseconds since 1970, `date` in the time zone. */
type Day = SeriesCounts & { date: string; start: number };
type Series = { days: Day[]; previous: SeriesCounts };

/** UTC days up to now come from the cached daily sums; all else is added up from quarters of an hour. */
async function readSeries(ctx: AppCtx, userId: string, period: StatsPeriod): Promise<Series> {
  const { days = DEFAULT_STATS_DAYS, timezone, from, to } = period;
  if (timezone !== 'UTC' || from !== undefined || to !== undefined) return readPeriod(ctx, userId, period);
  const both = fillDays((await readCachedStats(ctx, userId)).days, days * 2).map((day) => ({
    ...day,
    start: Date.parse(day.date),
  }));
  return { days: both.slice(days), previous: addCounts(both.slice(0, days)) };
}

const toDate = (at: number, zone: ReturnType<typeof openTimeZone>): string =>
  new Date(at + zone.toOffset(at)).toISOString().slice(0, 10);

function resolveStatsPeriod({ timezone, days, from, to }: StatsPeriod) {
  if (days !== undefined && from !== undefined) {
    throw createValidationError({
      path: 'days',
      message: 'Enter either `days` or `from`',
      code: 'invalid_range',
    });
  }
  const zone = openTimeZone(timezone);
  const range = resolvePeriod(zone, { interval: 'day', from, to }, Date.now(), days);
  if ('path' in range) throw createValidationError({ ...range, code: 'invalid_range' });
  const starts = listBucketStarts(zone, range, 'day');
  if (starts.length > MAX_STATS_DAYS + 1) {
    const message = `Must be at most ${MAX_STATS_DAYS + 1} days before \`to\``;
    throw createValidationError({ path: 'from', message, code: 'invalid_range' });
  }
  return { zone, range, starts };
}

async function readPeriod(ctx: AppCtx, referrerId: string, period: StatsPeriod): Promise<Series> {
  const { zone, range, starts } = resolveStatsPeriod(period);
  await ctx.recorder.settleVisits();
  const bounds = [findPrevious(range).from, range.from, ...starts.slice(1)];
  const rows = await queries.readSeries(ctx.db, { referrerId, starts: bounds, to: range.to });
  const byBucket = new Map(rows.map(({ bucket, ...counts }) => [bucket, counts]));
  const days = starts.map((start, index) => ({
    ...(byBucket.get(index + 2) ?? NO_COUNTS),
    date: toDate(start, zone),
    start,
  }));
  return { days, previous: byBucket.get(1) ?? NO_COUNTS };
}

/** The rows of deleted links as one, so that the rows add up to the totals. */
function mergeDeletedLinks(links: LinkCounts[]): ReferralStats['links'] {
  const deleted = links.filter((link) => link.deleted && link.visits + link.signups > 0);
  const sum = (of: (link: LinkCounts) => number) => deleted.reduce((total, link) => total + of(link), 0);
  const merged = {
    id: null,
    code: null,
    label: null,
    visits: sum((link) => link.visits),
    signups: sum((link) => link.signups),
    successful: sum((link) => link.successful),
    deleted: true,
  };
  return [...links.filter((link) => !link.deleted), ...(deleted.length > 0 ? [merged] : [])];
}

type Counts = Pick<LinkCounts, 'visits' | 'signups' | 'successful'>;

/** Referrals by no page and no QR code came by the links themselves, or by a typed code. */
function listSources(totals: Counts, sources: StatsRow['sources']): ReferralStats['sources'] {
  const leave = (of: keyof Counts) => sources.reduce((rest, source) => rest - source[of], totals[of]);
  const direct = { visits: leave('visits'), signups: leave('signups'), successful: leave('successful') };
  return [{ source: 'link', page: null, ...direct }, ...sources];
}

/** Only credits are read anew; the rest is cached. */
export async function getReferralStats(
  ctx: AppCtx,
  { userId, ...period }: StatsPeriod & { userId: string },
): Promise<ReferralStats> {
  const [{ links, sources }, series, credits, { milestones }] = await Promise.all([
    readCachedStats(ctx, userId),
    readSeries(ctx, userId, period),
    getCreditAccount(ctx, userId),
    getCampaignOfReferrer(ctx, userId),
  ]);
  const sumLinks = (of: (link: LinkCounts) => number) => links.reduce((sum, link) => sum + of(link), 0);
  const signups = sumLinks((link) => link.signups);
  const successful = sumLinks((link) => link.successful);
  const totals = { visits: sumLinks((link) => link.visits), signups, successful };
  const { unvisited: _unvisited, ...sums } = addCounts(series.days);
  return {
    ...totals,
    missedVisits: sumLinks((link) => link.missed),
    pending: sumLinks((link) => link.pending),
    rejected: sumLinks((link) => link.rejected),
    review: sumLinks((link) => link.review),
    conversionRate: toRate(successful, signups),
    creditsEarned: credits.earned,
    creditsBalance: credits.balance,
    creditsPending: credits.pending,
    nextMilestone: findNextMilestone(milestones, successful),
    links: mergeDeletedLinks(links),
    sources: listSources(totals, sources),
    period: sums,
    daily: series.days.map(({ date, visits, signups: daily, successful: successes, reversed }) => ({
      date,
      visits,
      signups: daily,
      successful: successes,
      reversed,
    })),
  };
}

function toFunnelStage({ visits, signups, unvisited, successful, reversed }: SeriesCounts): FunnelStage {
  return {
    visits,
    signups,
    signupsWithVisit: signups - unvisited,
    signupsWithoutVisit: unvisited,
    successful,
    reversed,
    signupRate: toRate(signups - unvisited, visits),
    successRate: toRate(successful, signups),
  };
}

export async function getReferralFunnel(
  ctx: AppCtx,
  { userId, ...period }: StatsPeriod & { userId: string },
): Promise<ReferralFunnel> {
  const { days, previous } = await readSeries(ctx, userId, period);
  return {
    ...toFunnelStage(addCounts(days)),
    previous: toFunnelStage(previous),
    series: days.map(({ start, visits, signups, unvisited, successful, reversed }) => ({
      start: new Date(start).toISOString(),
      visits,
      signups,
      signupsWithVisit: signups - unvisited,
      successful,
      reversed,
    })),
  };
}
