import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../core/http/pagination.ts';
import { timestamp } from '../../core/text/validation.ts';
import { enteredMoment, timeZone } from '../analytics/schema.ts';
import { rewardState } from '../rewards/review/schema.ts';

export const referralStatus = z
  .enum(['pending', 'successful', 'rejected', 'review'])
  .meta({ id: 'ReferralStatus' });

export const usedLink = z
  .object({ code: z.string(), label: z.string().nullable() })
  .meta({ id: 'UsedReferralLink' });

export const periodFilters = {
  from: enteredMoment.optional().describe('Only referrals made then or later; a date begins in `timezone`'),
  to: enteredMoment.optional().describe('Only referrals made before; a date is included'),
  timezone: timeZone.describe('IANA name of the time zone of dates'),
};

const MAX_LINK_LENGTH = 64;
export const linkFilter = z
  .string()
  .min(1)
  .max(MAX_LINK_LENGTH)
  .optional()
  .describe('Only referrals by this link: its ID, or a code it has or had');
export const campaignFilter = z.uuid().optional().describe('Only referrals made under this campaign');

export const referralFilters = {
  status: referralStatus.optional().describe('Only referrals with this status'),
  link: linkFilter,
  campaign: campaignFilter,
  ...periodFilters,
};
const ownReferralFilters = z.strictObject(referralFilters);
export type ReferralFilters = z.infer<typeof ownReferralFilters>;
export type PeriodFilters = Pick<ReferralFilters, 'from' | 'to' | 'timezone'>;

export const listReferralsInput = z.strictObject({ ...paginationInput, ...referralFilters }).prefault({});

export const referralSource = z
  .enum(['link', 'page', 'qr'])
  .meta({ id: 'ReferralSource' })
  .describe('Where the link was found: on a page of yours, in its QR code, or else (`link`)');
const sourcePage = z
  .object({ id: z.uuid(), handle: z.string() })
  .meta({ id: 'ReferralPage' })
  .nullable()
  .describe('With the source `page`: which one; null once it is deleted or no longer yours');

export const referralOutput = z
  .object({
    id: z.uuid(),
    username: z.string().nullable().describe('The referred user; null if they deleted their account'),
    status: referralStatus,
    dateReferred: timestamp,
    qualifiedAt: timestamp.nullable().describe('When it became `successful`; null until then'),
    link: usedLink,
    source: referralSource,
    page: sourcePage,
    reward: z
      .object({ state: rewardState, credits: z.number().int() })
      .meta({ id: 'ReferralReward' })
      .nullable()
      .describe(
        'What it earns you; null until it is successful. A `capped` one pays nothing, because the cap of the terms was reached',
      ),
    utm: z
      .record(z.string(), z.string())
      .optional()
      .describe('The `utm_` parameters of the credited visit, if any'),
  })
  .meta({ id: 'Referral' });
export const referralListOutput = createListOutputSchema(referralOutput);

export const MAX_STATS_DAYS = 365;
export const DEFAULT_STATS_DAYS = 30;
const statsPeriod = {
  days: z
    .number()
    .int()
    .min(1)
    .max(MAX_STATS_DAYS)
    .optional()
    .describe(
      `How many days to cover, with the last one, 1 to ${MAX_STATS_DAYS}; default: ${DEFAULT_STATS_DAYS}`,
    ),
  from: enteredMoment
    .optional()
    .describe(`Instead of \`days\`; at most ${MAX_STATS_DAYS + 1} days before \`to\``),
  to: enteredMoment.optional().describe('A date is included, a time is not; default: now'),
  timezone: timeZone.describe('IANA name of the time zone in which days begin'),
};
export const referralStatsInput = z.strictObject(statsPeriod).prefault({});
export type StatsPeriod = z.infer<typeof referralStatsInput>;

const count = z.number().int();
const reversed = count.describe('Successful referrals, of any day, that were reversed in this time');
export const referralLinkStats = z
  .object({
    id: z.uuid().nullable(),
    code: z.string().nullable(),
    label: z.string().nullable(),
    visits: count,
    signups: count,
    successful: count,
    deleted: z.boolean().describe('The sums of all deleted links; without an ID and a code'),
  })
  .meta({ id: 'ReferralLinkStats' });
export const referralStatsOutput = z
  .object({
    visits: count,
    missedVisits: count.describe('Visits while the link was used up, expired or disabled; not in `visits`'),
    signups: count,
    pending: count,
    successful: count,
    rejected: count,
    review: count,
    conversionRate: z.number().describe('Successful referrals per sign-up, 0 to 1; 0 without sign-ups'),
    creditsEarned: count,
    creditsBalance: count,
    creditsPending: count.describe('Held until they are granted; not in the balance'),
    nextMilestone: z
      .object({
        referrals: count,
        credits: count,
        remaining: count.describe('How many successful referrals are missing'),
      })
      .meta({ id: 'NextMilestone' })
      .nullable()
      .describe('Of the campaign that applies to you now; null if it has none above `successful`'),
    links: z
      .array(referralLinkStats)
      .describe('Oldest first; deleted links that were used are one last row, so that the rows add up'),
    sources: z
      .array(
        z
          .object({
            source: referralSource,
            page: sourcePage,
            visits: count,
            signups: count,
            successful: count,
          })
          .meta({ id: 'ReferralSourceStats' }),
      )
      .describe('The same totals by where the links were found; typed codes are in `link`'),
    period: z
      .object({ visits: count, signups: count, successful: count, reversed })
      .meta({ id: 'ReferralPeriod' })
      .describe('The sums of `daily`'),
    daily: z
      .array(
        z
          .object({ date: z.iso.date(), visits: count, signups: count, successful: count, reversed })
          .meta({ id: 'DailyReferralStats' }),
      )
      .describe('One item per day of the time zone, oldest first'),
  })
  .meta({ id: 'ReferralStats' });
export type ReferralStats = z.infer<typeof referralStatsOutput>;

export const referralFunnelInput = referralStatsInput;
const successes = count.describe('Reversed or not');
const funnelStage = z
  .object({
    visits: count,
    signups: count,
    signupsWithVisit: count,
    signupsWithoutVisit: count.describe('Of `signups`, those whose code was entered without a visit'),
    successful: successes,
    reversed,
    signupRate: z.number().describe('Sign-ups after a visit, per visit, 0 to 1'),
    successRate: z.number().describe('Successful referrals per sign-up, 0 to 1'),
  })
  .meta({ id: 'FunnelStage' });
export type FunnelStage = z.infer<typeof funnelStage>;

export const referralFunnelOutput = z
  .object({
    ...funnelStage.shape,
    previous: funnelStage.describe('The same number of days before'),
    series: z
      .array(
        z
          .object({
            start: timestamp,
            visits: count,
            signups: count,
            signupsWithVisit: count,
            successful: successes,
            reversed,
          })
          .meta({ id: 'FunnelDay' }),
      )
      .describe('One item per day of the time zone, oldest first'),
  })
  .meta({ id: 'ReferralFunnel' });
export type ReferralFunnel = z.infer<typeof referralFunnelOutput>;
