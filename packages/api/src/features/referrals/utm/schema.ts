import { z } from 'zod';

const MAX_DAYS = 365;
const DEFAULT_DAYS = 30;

export const referralUtmInput = z
  .strictObject({
    days: z
      .number()
      .int()
      .min(1)
      .max(MAX_DAYS)
      .default(DEFAULT_DAYS)
      .describe(`The last days, 1 to ${MAX_DAYS}, in UTC`),
  })
  .prefault({});

const count = z.number().int();
const parameter = (name: string) => z.string().nullable().describe(`\`${name}\`; null without it`);
export const referralUtmOutput = z
  .object({
    items: z
      .array(
        z
          .object({
            source: parameter('utm_source'),
            medium: parameter('utm_medium'),
            campaign: parameter('utm_campaign'),
            visits: count,
            signups: count,
            successful: count.describe('Of `signups`, those that are successful now'),
          })
          .meta({ id: 'ReferralUtmCounts' }),
      )
      .describe('The 100 with the most visits and sign-ups; visits without `utm_` parameters are left out'),
  })
  .meta({ id: 'ReferralUtmReport' });
export type ReferralUtmReport = z.infer<typeof referralUtmOutput>;
