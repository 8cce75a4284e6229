import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { singleLineSchema, timestamp } from '../../../core/text/validation.ts';
import { accountIdentifier } from '../../users/schema.ts';
import { campaignFilter, linkFilter, periodFilters, referralStatus, usedLink } from '../schema.ts';

const person = z
  .object({ id: z.uuid(), username: z.string().nullable().describe('Null if they deleted their account') })
  .meta({ id: 'ReferralParty' });

export const reversalCause = z.enum(['refund', 'fraud', 'other']).meta({ id: 'ReversalCause' });
export type ReversalCause = z.infer<typeof reversalCause>;

export const reviewedReferralOutput = z
  .object({
    id: z.uuid(),
    status: referralStatus,
    reason: z
      .string()
      .nullable()
      .describe('Why it was rejected or sent to review: a rule, or the reason the administrator entered'),
    risk: z
      .number()
      .int()
      .describe(
        "The sum of its signals' weights; from `reviewRisk` of its terms a referral waits for review",
      ),
    signals: z.array(z.string()).describe('The fraud signals found at sign-up'),
    dateReferred: timestamp,
    qualifiedAt: timestamp.nullable(),
    referrer: person,
    referred: person,
    link: usedLink,
    campaign: z.object({ id: z.uuid(), version: z.number().int() }),
    history: z
      .array(
        z
          .object({
            from: referralStatus,
            to: referralStatus,
            reason: z.string().nullable(),
            actor: z.string().nullable().describe('The administrator who decided; null if the rules did'),
            cause: reversalCause.nullable().describe('Of reversals'),
            at: timestamp,
          })
          .meta({ id: 'ReferralStatusChange' }),
      )
      .describe('Every status change, oldest first'),
  })
  .meta({ id: 'ReviewedReferral' });
export type ReviewedReferral = z.infer<typeof reviewedReferralOutput>;
export const reviewedReferralListOutput = createListOutputSchema(reviewedReferralOutput);

export const reviewFilters = {
  status: z
    .enum([...referralStatus.options, 'all'])
    .default('review')
    .describe('`review` lists the referrals that need a decision'),
  referrer: accountIdentifier
    .optional()
    .describe('Only referrals of this referrer: email address, username or ID'),
  campaign: campaignFilter,
  link: linkFilter,
  reason: singleLineSchema(1, 500).optional().describe('Only referrals with exactly this reason'),
  q: singleLineSchema(1, 254)
    .optional()
    .describe(
      'Only referrals whose sides or link match: an ID, an email address, the beginning of a username, a code',
    ),
  ...periodFilters,
};
export const reviewOrder = z
  .enum(['oldest', 'newest', 'risk'])
  .default('oldest')
  .describe('`risk`: the highest risk first, of those the newest');
export const listReviewedReferralsInput = z
  .strictObject({ ...paginationInput, ...reviewFilters, sort: reviewOrder })
  .prefault({});
export type ReviewOrder = z.infer<typeof reviewOrder>;
const filtersOnly = z.strictObject(reviewFilters);
export type ReviewFilters = z.infer<typeof filtersOnly>;
const reason = singleLineSchema(1, 500).describe('Stored with the decision');
export const decideReferralInput = z
  .strictObject({ id: z.uuid(), reason })
  .meta({ id: 'DecideReferralInput' });
export const reverseReferralInput = z
  .strictObject({
    id: z.uuid(),
    reason,
    cause: reversalCause
      .default('other')
      .describe('Why: the referred user got a refund, or the referral was fraud'),
  })
  .meta({ id: 'ReverseReferralInput' });
