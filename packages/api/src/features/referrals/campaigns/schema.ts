import { z } from 'zod';
import { line, pageInput, timestamp } from '../../../core/validation.ts';
import { rewardTerms } from '../../rewards/schema.ts';

/** The terms of a version: when a referral counts, and what it gives. */
const terms = {
  attribution: z
    .enum(['first', 'last'])
    .describe('Which of several referral links that someone visited is credited'),
  requiresPage: z.boolean().describe('Whether a referral counts only once the person has published a page'),
  minAgeSeconds: z
    .number()
    .int()
    .min(0)
    .max(365 * 86_400)
    .describe('How old the account of the person must be for the referral to count'),
  reviewsSameDomain: z
    .boolean()
    .describe("Whether someone with an address of the referrer's own domain is put up for review"),
  ...rewardTerms,
};
export const campaignTerms = z.object(terms);
export type CampaignTerms = z.infer<typeof campaignTerms>;

const name = line(1, 80);
export const createInput = z.strictObject({ name, terms: z.strictObject(terms) });
export const publishInput = z.strictObject({ id: z.uuid(), terms: z.strictObject(terms) });
export const startInput = z.strictObject({ id: z.uuid() });
export const listInput = z.strictObject(pageInput);

export const campaign = z
  .object({
    id: z.uuid(),
    name: z.string(),
    state: z.enum(['draft', 'running', 'ended']),
    version: z.number().int().describe('The newest; earlier ones hold for those who signed up under them'),
    terms: campaignTerms,
    createdAt: timestamp,
    startedAt: timestamp.nullable(),
    endedAt: timestamp.nullable(),
  })
  .meta({ id: 'ReferralCampaign' });
export type Campaign = z.infer<typeof campaign>;

/** Terms that were published once, and hold for who signed up under them. */
export const campaignVersion = z
  .object({ id: z.uuid(), version: z.number().int(), terms: campaignTerms, publishedAt: timestamp })
  .meta({ id: 'ReferralCampaignVersion' });
export type CampaignVersion = z.infer<typeof campaignVersion>;
export const versionsInput = z.strictObject({ id: z.uuid(), ...pageInput });
export const versionPage = z.object({ items: z.array(campaignVersion), nextCursor: z.string().nullable() });

export const campaignPage = z.object({ items: z.array(campaign), nextCursor: z.string().nullable() });
