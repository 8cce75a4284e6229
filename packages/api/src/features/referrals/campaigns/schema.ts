import { z } from 'zod';
import { paginatedOutput, paginationInput } from '../../../core/http/pagination.ts';
import { singleLineSchema, timestamp } from '../../../core/text/validation.ts';
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

const name = singleLineSchema(1, 80);
export const createCampaignInput = z.strictObject({ name, terms: z.strictObject(terms) });
export const publishCampaignInput = z.strictObject({ id: z.uuid(), terms: z.strictObject(terms) });
export const startCampaignInput = z.strictObject({ id: z.uuid() });
export const listCampaignsInput = z.strictObject(paginationInput);

export const campaignOutput = z
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
export type Campaign = z.infer<typeof campaignOutput>;

/** Terms that were published once, and hold for who signed up under them. */
export const campaignVersionOutput = z
  .object({ id: z.uuid(), version: z.number().int(), terms: campaignTerms, publishedAt: timestamp })
  .meta({ id: 'ReferralCampaignVersion' });
export type CampaignVersion = z.infer<typeof campaignVersionOutput>;
export const listCampaignVersionsInput = z.strictObject({ id: z.uuid(), ...paginationInput });
export const campaignVersionListOutput = paginatedOutput(campaignVersionOutput);

export const campaignListOutput = paginatedOutput(campaignOutput);
