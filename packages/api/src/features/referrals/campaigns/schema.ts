import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { singleLineSchema, timestamp } from '../../../core/text/validation.ts';
import { timeZone } from '../../analytics/schema.ts';
import { rewardTerms } from '../../rewards/schema.ts';

const MAX_HOLD_DAYS = 365;
const MAX_AUTO_APPROVE_LIMIT = 10_000;
const MAX_AGE_SECONDS = 365 * 86_400;

const terms = {
  attribution: z
    .enum(['first', 'last'])
    .describe('Which referral link is credited if a user visited several'),
  requiresPage: z
    .boolean()
    .describe('Whether the referred user must publish a page before the referral qualifies'),
  minAgeSeconds: z
    .number()
    .int()
    .min(0)
    .max(MAX_AGE_SECONDS)
    .describe('Minimum age of the referred account before the referral qualifies'),
  reviewsSameDomain: z
    .boolean()
    .describe("Whether an email address on the referrer's own domain counts towards review"),
  autoApproveLimit: z
    .number()
    .int()
    .min(1)
    .max(MAX_AUTO_APPROVE_LIMIT)
    .nullable()
    .describe('How many referrals of a referrer become successful without review; null for no limit'),
  holdDays: z
    .number()
    .int()
    .min(0)
    .max(MAX_HOLD_DAYS)
    .describe('How many days a reward is pending before it is granted; milestones are granted at once'),
  timezone: timeZone
    .unwrap()
    .describe('IANA name of the time zone in which the periods of `cap` and leaderboard begin'),
  ...rewardTerms,
};
const campaignTerms = z.object(terms).meta({ id: 'CampaignTerms' });
const campaignTermsInput = z
  .strictObject({
    ...terms,
    autoApproveLimit: terms.autoApproveLimit.default(null),
    holdDays: terms.holdDays.default(0),
    timezone: terms.timezone.default('UTC'),
  })
  .meta({ id: 'CampaignTermsInput' });
const campaignTermsChange = z.strictObject(terms).partial().meta({ id: 'CampaignTermsChange' });
export type CampaignTerms = z.infer<typeof campaignTerms>;

const name = singleLineSchema(1, 80);
export const createCampaignInput = z
  .strictObject({ name, terms: campaignTermsInput })
  .meta({ id: 'CreateCampaignInput' });
export const publishCampaignInput = z
  .strictObject({
    id: z.uuid(),
    terms: campaignTermsChange.describe('What changes; the rest is as in the newest version'),
  })
  .meta({ id: 'PublishCampaignInput' });
export const startCampaignInput = z.strictObject({ id: z.uuid() });
export const listCampaignsInput = z.strictObject(paginationInput).prefault({});

export const campaignOutput = z
  .object({
    id: z.uuid(),
    name: z.string(),
    state: z.enum(['draft', 'running', 'ended']),
    version: z
      .number()
      .int()
      .describe('The newest version; earlier ones still apply to referrals made under them'),
    terms: campaignTerms,
    createdAt: timestamp,
    startedAt: timestamp.nullable(),
    endedAt: timestamp.nullable(),
  })
  .meta({ id: 'ReferralCampaign' });
export type Campaign = z.infer<typeof campaignOutput>;

export const campaignVersionOutput = z
  .object({ id: z.uuid(), version: z.number().int(), terms: campaignTerms, publishedAt: timestamp })
  .meta({ id: 'ReferralCampaignVersion' });
export type CampaignVersion = z.infer<typeof campaignVersionOutput>;
export const listCampaignVersionsInput = z.strictObject({ id: z.uuid(), ...paginationInput });
export const campaignVersionListOutput = createListOutputSchema(campaignVersionOutput);

export const campaignListOutput = createListOutputSchema(campaignOutput);
