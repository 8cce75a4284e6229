import type { ShownTitle, VisitUtm } from '../../core/capture/capture.ts';
import { z } from 'zod';
import { enteredTime, singleLineSchema, timestamp } from '../../core/text/validation.ts';
import { INTERVALS, isTimeZone, MAX_HOURLY_DAYS, MAX_YEARS } from './periods/policy.ts';

export const EXCLUSIONS = ['bots', 'owner', 'repeats', 'dropped'] as const;
export type Exclusion = (typeof EXCLUSIONS)[number];

export const DIMENSIONS = [
  'block',
  'referrer',
  'country',
  'region',
  'device',
  'browser',
  'os',
  'language',
  'utmSource',
  'utmMedium',
  'utmCampaign',
  'via',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** Where a view came from; a click has the source of its visitor's view. */
export type Source = {
  referrer: string | null;
  utmSource: string | null;
  utmMedium: string | null;
  utmCampaign: string | null;
  via: string | null;
};

export type AnalyticsEvent = Source & {
  country: string | null;
  region: string | null;
  device: string | null;
  browser: string | null;
  os: string | null;
  language: string | null;
  /** Milliseconds since 1970. */
  at: number;
  pageId: string;
  blockId: string | null;
  /** 16 hexadecimal digits. */
  visitor: string | null;
  /** Titles of tests on the page, or of the clicked block. */
  titles?: ShownTitle[];
};

/** Excluded events of one page or block in one quarter of an hour. */
export type Tally = {
  at: number;
  pageId: string;
  blockId: string | null;
  excluded: Exclusion;
  count: number;
};

/** `visitor` has 32 hexadecimal digits. */
export type LinkVisit = {
  at: number;
  linkId: string;
  ownerId: string;
  visitor: string;
  isCounted: boolean;
  /** The link could not be used. */
  isMissed: boolean;
  /** Where the link was found; null if the visitor was given it. */
  source: 'page' | 'qr' | null;
  pageId: string | null;
  utm: VisitUtm | null;
};

export type Batch = { id: string; events: AnalyticsEvent[]; tallies: Tally[]; visits: LinkVisit[] };

/** Names of events that lack the dimension; a page without a referrer was opened directly. */
export const MISSING_NAMES: Record<Dimension, string> = {
  block: 'none',
  referrer: 'direct',
  country: 'unknown',
  region: 'unknown',
  device: 'unknown',
  browser: 'unknown',
  os: 'unknown',
  language: 'unknown',
  utmSource: 'none',
  utmMedium: 'none',
  utmCampaign: 'none',
  via: 'web',
};

const MAX_FILTER_LENGTH = 500;
const MAX_FILTER_VALUES = 20;

/** `-a,b` leaves both out. */
export type Filter = { isNegated: boolean; values: string[] };
const filter = z
  .string()
  .max(MAX_FILTER_LENGTH)
  .refine(
    (text) =>
      text
        .replace(/^-/, '')
        .split(',')
        .every((value) => value.trim() !== ''),
    {
      error: 'Enter a value, several as a,b, or -a for all others',
    },
  )
  .refine((text) => text.split(',').length <= MAX_FILTER_VALUES, {
    error: `Enter at most ${MAX_FILTER_VALUES} values`,
  })
  .optional()
  .meta({ example: 'instagram.com' });
const describeFilter = (what: string) =>
  filter.describe(`Only ${what}: \`a\`, \`a,b\`, or \`-a\` for all others`);

export const filterMembers = {
  block: describeFilter('clicks on the blocks with these IDs'),
  referrer: describeFilter('from these sites; `direct` for none'),
  country: describeFilter('from these countries; `unknown` for none'),
  region: describeFilter('from these regions, such as `DE-BY`'),
  device: describeFilter('on these devices: `mobile`, `tablet`, `desktop`, `tv`'),
  browser: describeFilter('with these browsers'),
  os: describeFilter('with these operating systems'),
  language: describeFilter('with these languages, such as `de`'),
  utmSource: describeFilter('with these values of `utm_source`'),
  utmMedium: describeFilter('with these values of `utm_medium`'),
  utmCampaign: describeFilter('with these values of `utm_campaign`'),
  via: describeFilter('that came this way: `web`, `qr`, or another value of `?via=`'),
} satisfies Record<Dimension, z.ZodType>;

export const enteredMoment = z.union([z.iso.date(), enteredTime], {
  error: 'Enter a date such as 2026-11-30, or a time such as 2026-11-30T12:00:00Z',
});
export const timeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, { error: 'Enter an IANA time zone, such as Europe/Berlin' })
  .default('UTC');

const periodMembers = {
  from: enteredMoment.optional().describe('Default: 30 days, with today'),
  to: enteredMoment.optional().describe('A date is included, a time is not; default: now'),
  timezone: timeZone.describe('IANA name of the time zone in which days, weeks and months begin'),
};

export const analyticsMembers = {
  ...periodMembers,
  interval: z
    .enum(INTERVALS)
    .default('day')
    .describe(`\`hour\` for at most ${MAX_HOURLY_DAYS} days, others for at most ${MAX_YEARS} years`),
  groupBy: z.enum(DIMENSIONS).optional().describe('Only this breakdown; the others are empty'),
  ...filterMembers,
};

export const pageAnalyticsInput = z.strictObject({ id: z.uuid(), ...analyticsMembers });
export type AnalyticsInput = Omit<z.infer<typeof pageAnalyticsInput>, 'id'>;

export const analyticsPageInput = z.strictObject({ id: z.uuid() });

const count = z.number().int();
const ctr = z.number().describe('Clicks per view; above 1 if visitors click several blocks');
const visitors = count.describe(
  'Visitors of each UTC day, added up: a person who comes on two days counts twice',
);

const breakdown = z.array(
  z.object({ name: z.string(), views: count, clicks: count }).meta({ id: 'NamedCounts' }),
);
export type Breakdown = z.infer<typeof breakdown>;

export const bucketOutput = z
  .object({ start: timestamp, views: count, clicks: count, visitors: count })
  .meta({ id: 'AnalyticsBucket' });

const totalsOutput = z
  .object({
    views: count,
    clicks: count,
    visitors,
    visitorsDaily: visitors,
    visitorsUnique: count
      .nullable()
      .describe('Visitors of the whole range; null beyond one UTC day, as nobody is recognised the next day'),
    ctr,
    excluded: z
      .object({ bots: count, owner: count.describe('By members of the workspace'), repeats: count })
      .meta({ id: 'ExcludedCounts' })
      .describe('Not in the counts; filters do not apply'),
    dropped: count.describe('Views and clicks that came too fast to be counted'),
    sampled: z.boolean().describe('Whether some were dropped'),
  })
  .meta({ id: 'AnalyticsTotals' });

export const analyticsOutput = z
  .object({
    totals: totalsOutput,
    previous: z.object({ views: count, clicks: count, visitors, ctr }).meta({ id: 'PreviousTotals' }),
    series: z.array(bucketOutput),
    blocks: z.array(
      z.object({ id: z.uuid(), title: z.string().nullable(), clicks: count }).meta({ id: 'BlockClicks' }),
    ),
    referrers: breakdown,
    countries: breakdown,
    regions: breakdown,
    devices: breakdown,
    browsers: breakdown,
    os: breakdown,
    languages: breakdown,
    utm: z
      .object({ sources: breakdown, mediums: breakdown, campaigns: breakdown })
      .meta({ id: 'UtmBreakdowns' }),
    via: breakdown,
    since: timestamp.nullable().describe('Counts begin here, after a reset'),
    detailsSince: timestamp
      .nullable()
      .describe(
        'Single events before this are gone: filters find nothing there, breakdowns whole months only',
      ),
  })
  .meta({ id: 'Analytics' });
export type Analytics = z.infer<typeof analyticsOutput>;

export const workspaceAnalyticsOutput = z
  .object({
    ...analyticsOutput.shape,
    pages: z.array(
      z.object({ id: z.uuid(), handle: z.string(), views: count, clicks: count }).meta({ id: 'PageCounts' }),
    ),
  })
  .meta({ id: 'WorkspaceAnalytics' });
export type WorkspaceAnalytics = z.infer<typeof workspaceAnalyticsOutput>;

const tag = singleLineSchema(1, 200).optional();
/** Facts that the headers of a frontend's own request do not contain. */
export const givenSourceMembers = {
  referrer: z.string().max(2_048).optional().describe('`document.referrer`'),
  utmSource: tag.describe('`utm_source` of the opened URL'),
  utmMedium: tag,
  utmCampaign: tag,
  via: tag.describe('`via` of the opened URL, such as `qr`'),
};
