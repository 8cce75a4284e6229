import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../core/http/pagination.ts';
import { checkUrl, MAX_URL_LENGTH, toStoredUrl } from '../../core/text/urls.ts';
import { singleLineSchema, timestamp } from '../../core/text/validation.ts';
import { timeZone } from '../analytics/schema.ts';
import { rewardTerms } from '../rewards/schema.ts';
import { MAX_ALLOWED_ORIGINS, MAX_HOLD_DAYS, MAX_REWARD_MONTHS, WHOLE_IN_BASIS_POINTS } from './policy.ts';

export const webUrl = z
  .string()
  .trim()
  .superRefine((text, ctx) => {
    const { reason } = checkUrl('link', text);
    if (reason) ctx.addIssue({ code: 'custom', message: reason });
  })
  .overwrite((text) => toStoredUrl('link', text) ?? text)
  .meta({ format: 'uri', maxLength: MAX_URL_LENGTH, example: 'https://shop.example.com/welcome' });

const ORIGIN_MESSAGE = 'Enter an origin such as https://shop.example.com';
const isOrigin = (text: string): boolean =>
  /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
const origin = z
  .string()
  .trim()
  .max(MAX_URL_LENGTH, { error: ORIGIN_MESSAGE, abort: true })
  .refine(isOrigin, { error: ORIGIN_MESSAGE });

const terms = {
  attribution: z
    .enum(['first', 'last'])
    .describe('Which referral link is credited if a visitor opened several of the campaign'),
  qualifiesBy: z.enum(['lead', 'sale']).describe('What makes a referral successful'),
  rewardKind: z
    .enum(['credits', 'external'])
    .describe('Whether rewards are kept as a balance here, or fulfilled by your product one by one'),
  referrerCredits: rewardTerms.referrerCredits.describe(
    'Fixed credits for the referrer; 0 with `basisPoints`',
  ),
  referredCredits: rewardTerms.referredCredits.describe('Fixed credits for the customer, once'),
  basisPoints: z
    .number()
    .int()
    .min(1)
    .max(WHOLE_IN_BASIS_POINTS)
    .nullable()
    .describe("The referrer's share of a sale in hundredths of a percent: 1,000 is 10 %"),
  months: z
    .number()
    .int()
    .min(1)
    .max(MAX_REWARD_MONTHS)
    .nullable()
    .describe('For how many months after the first sale each sale is rewarded; null for the first sale only'),
  holdDays: z
    .number()
    .int()
    .min(0)
    .max(MAX_HOLD_DAYS)
    .describe('How many days a reward is pending before it is granted'),
  cap: rewardTerms.cap.describe('Maximum rewards per referrer and period; null for no cap'),
  capPeriod: rewardTerms.capPeriod.describe(
    'The period `cap` applies to, in `timezone`; weeks start on Monday. `all` is for ever',
  ),
  timezone: timeZone.describe('IANA name of the time zone in which the periods of `cap` begin'),
};
const campaignTerms = z.object(terms).meta({ id: 'WorkspaceCampaignTerms' });
export type CampaignTerms = z.infer<typeof campaignTerms>;

/** Of `campaign_versions as v`, named like the terms. */
export const TERM_COLUMNS = [
  'v.attribution',
  'v.qualifies_by as qualifiesBy',
  'v.reward_kind as rewardKind',
  'v.referrer_credits as referrerCredits',
  'v.referred_credits as referredCredits',
  'v.basis_points as basisPoints',
  'v.months',
  'v.hold_days as holdDays',
  'v.cap',
  'v.cap_period as capPeriod',
  'v.timezone',
] as const;

/** Terms of the platform's own campaign that need accounts here. Their neutral values are accepted. */
const platformTerms = {
  requiresPage: z.literal(false).optional(),
  minAgeSeconds: z.literal(0).optional(),
  reviewsSameDomain: z.literal(false).optional(),
  autoApproveLimit: z.null().optional(),
  milestones: z.array(z.never()).max(0, { error: 'Campaigns of workspaces have no milestones' }).optional(),
};
const campaignTermsInput = z
  .strictObject({
    ...platformTerms,
    attribution: terms.attribution.default('last'),
    qualifiesBy: terms.qualifiesBy.default('sale'),
    rewardKind: terms.rewardKind.default('credits'),
    referrerCredits: terms.referrerCredits.default(0),
    referredCredits: terms.referredCredits.default(0),
    basisPoints: terms.basisPoints.default(null),
    months: terms.months.default(null),
    holdDays: terms.holdDays.default(0),
    cap: terms.cap.default(null),
    capPeriod: terms.capPeriod.default('all'),
    timezone: terms.timezone,
  })
  .superRefine(({ basisPoints, referrerCredits, qualifiesBy, months }, ctx) => {
    const refuse = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message });
    if (basisPoints !== null && referrerCredits > 0)
      refuse('referrerCredits', 'Use either basisPoints or referrerCredits');
    if (basisPoints !== null && qualifiesBy === 'lead')
      refuse('basisPoints', 'A lead has no amount: set qualifiesBy to sale');
    if (months !== null && qualifiesBy === 'lead')
      refuse('months', 'Leads are rewarded once: set qualifiesBy to sale');
  })
  .meta({ id: 'WorkspaceCampaignTermsInput' });

const name = singleLineSchema(1, 80);
const settings = {
  landingUrl: webUrl
    .nullable()
    .describe('Where `/r/{code}` leads, with `lg_click` added; null if the links are not used'),
  allowedOrigins: z
    .array(origin)
    .max(MAX_ALLOWED_ORIGINS)
    .describe('Further origins of your product that clicks may be reported for'),
};
export const campaignIdInput = z.strictObject({ id: z.uuid() });
export const listWorkspaceCampaignsInput = z
  .strictObject({
    ...paginationInput,
    workspaceId: z.uuid().optional().describe('All workspaces whose campaigns you may see if omitted'),
  })
  .prefault({});
export const createWorkspaceCampaignInput = z
  .strictObject({
    workspaceId: z.uuid().optional().describe('The workspace of the key, or your personal one, if omitted'),
    name,
    terms: campaignTermsInput,
    landingUrl: settings.landingUrl.default(null),
    allowedOrigins: settings.allowedOrigins.default([]),
  })
  .meta({ id: 'CreateWorkspaceCampaignInput' });
export const updateCampaignInput = z
  .strictObject({
    id: z.uuid(),
    name: name.optional(),
    landingUrl: settings.landingUrl.optional(),
    allowedOrigins: settings.allowedOrigins.optional(),
  })
  .meta({ id: 'UpdateWorkspaceCampaignInput' });
export const publishWorkspaceCampaignInput = z
  .strictObject({ id: z.uuid(), terms: campaignTermsInput })
  .meta({ id: 'PublishWorkspaceCampaignInput' });

export const workspaceCampaignOutput = z
  .object({
    id: z.uuid(),
    workspaceId: z.uuid(),
    name: z.string(),
    state: z.enum(['draft', 'running', 'ended']),
    version: z.number().int(),
    terms: campaignTerms,
    landingUrl: z.string().nullable(),
    allowedOrigins: z.array(z.string()),
    createdAt: timestamp,
    startedAt: timestamp.nullable(),
    endedAt: timestamp.nullable(),
  })
  .meta({ id: 'WorkspaceCampaign' });
export type Campaign = z.infer<typeof workspaceCampaignOutput>;
export const workspaceCampaignListOutput = createListOutputSchema(workspaceCampaignOutput);

export const listWorkspaceCampaignVersionsInput = z.strictObject({ id: z.uuid(), ...paginationInput });
export const workspaceCampaignVersionOutput = z
  .object({ id: z.uuid(), version: z.number().int(), terms: campaignTerms, publishedAt: timestamp })
  .meta({ id: 'WorkspaceCampaignVersion' });
export type CampaignVersion = z.infer<typeof workspaceCampaignVersionOutput>;
export const workspaceCampaignVersionListOutput = createListOutputSchema(workspaceCampaignVersionOutput);
