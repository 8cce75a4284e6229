import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../core/http/pagination.ts';
import { timestamp } from '../../core/text/validation.ts';

export const referralStatus = z
  .enum(['pending', 'successful', 'rejected', 'review'])
  .meta({ id: 'ReferralStatus' });

export const usedLink = z
  .object({ code: z.string(), label: z.string().nullable() })
  .meta({ id: 'UsedReferralLink' });

export const listReferralsInput = z
  .strictObject({
    ...paginationInput,
    status: referralStatus.optional().describe('Only referrals with this status'),
  })
  .prefault({});

export const referralOutput = z
  .object({
    id: z.uuid(),
    username: z.string().nullable().describe('The referred user; null if they deleted their account'),
    status: referralStatus,
    dateReferred: timestamp,
    qualifiedAt: timestamp.nullable().describe('When it became `successful`; null until then'),
    link: usedLink,
    utm: z
      .record(z.string(), z.string())
      .optional()
      .describe('The `utm_` parameters of the credited visit, if any'),
  })
  .meta({ id: 'Referral' });
export const referralListOutput = createListOutputSchema(referralOutput);

export const MAX_STATS_DAYS = 365;
const days = z.number().int().min(1).max(MAX_STATS_DAYS).default(30);

export const referralStatsInput = z
  .strictObject({
    days: days.describe(`How many days \`daily\` covers, 1 to ${MAX_STATS_DAYS}`),
  })
  .prefault({});

const count = z.number().int();
export const referralLinkStats = z
  .object({
    id: z.uuid(),
    code: z.string(),
    label: z.string().nullable(),
    visits: count,
    signups: count,
    successful: count,
  })
  .meta({ id: 'ReferralLinkStats' });
export const referralStatsOutput = z
  .object({
    visits: count,
    signups: count,
    pending: count,
    successful: count,
    rejected: count,
    review: count,
    conversionRate: z.number().describe('Successful referrals per sign-up, 0 to 1; 0 without sign-ups'),
    creditsEarned: count,
    creditsBalance: count,
    links: z.array(referralLinkStats),
    daily: z
      .array(
        z
          .object({ date: z.iso.date(), visits: count, signups: count, successful: count })
          .meta({ id: 'DailyReferralStats' }),
      )
      .describe('One item per UTC day, oldest first, ending today'),
  })
  .meta({ id: 'ReferralStats' });
export type ReferralStats = z.infer<typeof referralStatsOutput>;

export const referralFunnelInput = z
  .strictObject({
    days: days.describe(`How many days to cover, including today, 1 to ${MAX_STATS_DAYS}`),
  })
  .prefault({});
export const referralFunnelOutput = z
  .object({
    visits: count,
    signups: count,
    successful: count,
    signupRate: z
      .number()
      .describe('Sign-ups per visit; can exceed 1, because a sign-up with a typed code needs no visit'),
    successRate: z.number().describe('Successful referrals per sign-up'),
  })
  .meta({ id: 'ReferralFunnel' });
export type ReferralFunnel = z.infer<typeof referralFunnelOutput>;
