import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { singleLineSchema, timestamp } from '../../../core/text/validation.ts';
import { timeZone } from '../../analytics/schema.ts';
import { rewardTerms } from '../../rewards/schema.ts';
import { accountIdentifier } from '../../users/schema.ts';
import { FRAUD_SIGNALS, REVIEW_RISK } from '../sign-up/policy.ts';
import { MAX_NAMED_USERS, MAX_REVIEW_RISK, MAX_SIGNAL_WEIGHT } from './policy.ts';

const MAX_HOLD_DAYS = 365;
const MAX_AUTO_APPROVE_LIMIT = 10_000;
const MAX_AGE_SECONDS = 365 * 86_400;

const signalWeight = z.number().int().min(0).max(MAX_SIGNAL_WEIGHT);
const signalWeights = Object.fromEntries(Object.keys(FRAUD_SIGNALS).map((name) => [name, signalWeight]));

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
  reviewRisk: z
    .number()
    .int()
    .min(1)
    .max(MAX_REVIEW_RISK)
    .describe('From this sum of weights a referral waits for review'),
  ...rewardTerms,
};
const campaignTerms = z
  .object({
    ...terms,
    signalWeights: z
      .object(signalWeights)
      .describe('What each fraud signal weighs')
      .meta({ id: 'SignalWeights' }),
  })
  .meta({ id: 'CampaignTerms' });
const enteredWeights = z.strictObject(signalWeights).partial().meta({ id: 'SignalWeightsInput' });
const campaignTermsInput = z
  .strictObject({
    ...terms,
    autoApproveLimit: terms.autoApproveLimit.default(null),
    holdDays: terms.holdDays.default(0),
    timezone: terms.timezone.default('UTC'),
    reviewRisk: terms.reviewRisk.default(REVIEW_RISK),
    signalWeights: enteredWeights
      .default({})
      .describe('What fraud signals weigh, 0 to ignore one; those left out weigh as usual'),
  })
  .meta({ id: 'CampaignTermsInput' });
const campaignTermsChange = z
  .strictObject({ ...terms, signalWeights: enteredWeights })
  .partial()
  .meta({ id: 'CampaignTermsChange' });
export type CampaignTerms = z.infer<typeof campaignTerms>;
export type CampaignTermsInput = z.infer<typeof campaignTermsInput>;

export const groupName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, {
    error: 'Use 1–40 letters, digits or -; start with a letter or digit',
  })
  .meta({ example: 'partners' });

const audienceKind = z.enum(['everyone', 'group', 'users']);
export const campaignAudienceInput = z
  .strictObject({
    kind: audienceKind,
    group: groupName.optional().describe('Only for the kind `group`: its referrers'),
    users: z
      .array(accountIdentifier)
      .min(1)
      .max(MAX_NAMED_USERS)
      .optional()
      .describe('Only for the kind `users`: these referrers, by email address, username or ID'),
  })
  .superRefine(({ kind, group, users }, ctx) => {
    const requireOnly = (path: string, value: unknown, wanted: string) => {
      if ((value !== undefined) === (kind === wanted)) return;
      const message = kind === wanted ? 'Required' : `Only for the kind ${wanted}`;
      ctx.addIssue({ code: 'custom', path: [path], message });
    };
    requireOnly('group', group, 'group');
    requireOnly('users', users, 'users');
  })
  .meta({ id: 'CampaignAudienceInput' });
export type CampaignAudienceInput = z.infer<typeof campaignAudienceInput>;

export const campaignName = singleLineSchema(1, 80);
export const createCampaignInput = z
  .strictObject({
    name: campaignName,
    terms: campaignTermsInput,
    audience: campaignAudienceInput.default({ kind: 'everyone' }).describe('The referrers it applies to'),
  })
  .meta({ id: 'CreateCampaignInput' });
export const publishCampaignInput = z
  .strictObject({
    id: z.uuid(),
    terms: campaignTermsChange.describe('What changes; the rest is as in the newest version'),
  })
  .meta({ id: 'PublishCampaignInput' });
export const listCampaignsInput = z.strictObject(paginationInput).prefault({});

export const campaignOutput = z
  .object({
    id: z.uuid(),
    name: z.string(),
    state: z.enum(['draft', 'scheduled', 'running', 'paused', 'ended']),
    audience: z
      .object({
        kind: audienceKind,
        group: z.string().nullable(),
        users: z.number().int().describe('How many referrers are named'),
      })
      .meta({ id: 'CampaignAudience' }),
    version: z
      .number()
      .int()
      .describe('The newest version; earlier ones still apply to referrals made under them'),
    terms: campaignTerms,
    createdAt: timestamp,
    startsAt: timestamp.nullable().describe('When it is to start by itself'),
    endsAt: timestamp.nullable().describe('When it is to end by itself'),
    startedAt: timestamp.nullable(),
    pausedAt: timestamp.nullable(),
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
