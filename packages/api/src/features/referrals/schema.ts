import { z } from 'zod';
import { paginatedOutput, paginationInput } from '../../core/http/pagination.ts';
import { timestamp } from '../../core/text/validation.ts';

export const referralStatus = z.enum(['pending', 'successful', 'rejected', 'review']);

export const listReferralsInput = z.strictObject({
  ...paginationInput,
  status: referralStatus.optional().describe('Only referrals in this state'),
});

export const referralOutput = z.object({
  id: z.uuid(),
  username: z.string().nullable().describe('Of the referred person; null once they deleted their account'),
  status: referralStatus,
  dateReferred: timestamp,
  qualifiedAt: timestamp.nullable(),
  link: z.object({ code: z.string(), label: z.string().nullable() }),
  utm: z
    .record(z.string(), z.string())
    .optional()
    .describe('The `utm_` parameters of the link that was visited, where it had any'),
});
export const referralListOutput = paginatedOutput(referralOutput);

export const referralStatsInput = z.strictObject({
  days: z.number().int().min(1).max(365).default(30).describe('How many days `daily` goes back, 1 to 365'),
});

const count = z.number().int();
export const referralStatsOutput = z.object({
  visits: count,
  signups: count,
  pending: count,
  successful: count,
  rejected: count,
  review: count,
  conversionRate: z.number().describe('Share of sign-ups that became successful, 0 to 1; 0 without sign-ups'),
  creditsEarned: count,
  creditsBalance: count,
  links: z.array(
    z.object({
      id: z.uuid(),
      code: z.string(),
      label: z.string().nullable(),
      visits: count,
      signups: count,
      successful: count,
    }),
  ),
  daily: z
    .array(z.object({ date: z.iso.date(), visits: count, signups: count, successful: count }))
    .describe('One row per day in UTC, oldest first, today last'),
});
export type ReferralStats = z.infer<typeof referralStatsOutput>;

export const referralFunnelInput = z.strictObject({
  days: z.number().int().min(1).max(365).default(30).describe('How many days back, today included, 1 to 365'),
});
export const referralFunnelOutput = z.object({
  visits: count,
  signups: count,
  successful: count,
  signupRate: z.number().describe('Sign-ups per visit; above 1 where people come by the code alone'),
  successRate: z.number().describe('Successful referrals per sign-up'),
});
export type ReferralFunnel = z.infer<typeof referralFunnelOutput>;
