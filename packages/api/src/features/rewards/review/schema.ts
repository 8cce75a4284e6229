import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { singleLineSchema, timestamp } from '../../../core/text/validation.ts';
import { accountIdentifier } from '../../users/schema.ts';

export const rewardState = z
  .enum(['pending', 'granted', 'capped', 'cancelled', 'review', 'reversed', 'waived'])
  .describe(
    '`pending`: held until `dueAt`, or `cancelled` before; `review`: its credits were already spent and could not be taken back',
  );
export const rewardRole = z
  .enum(['referrer', 'referred', 'milestone'])
  .describe('Which side of the referral was rewarded, or a milestone of the referrer');

export const reviewedRewardOutput = z
  .object({
    id: z.uuid(),
    state: rewardState,
    role: rewardRole,
    credits: z.number().int(),
    user: z
      .object({
        id: z.uuid(),
        username: z.string().nullable(),
        balance: z.number().int().describe('Credits that can be taken back now'),
      })
      .meta({ id: 'RewardedUser' }),
    referralId: z.uuid().nullable(),
    milestone: z.number().int().nullable().describe('The number of successful referrals it is for'),
    campaignId: z.uuid(),
    createdAt: timestamp,
    dueAt: timestamp.nullable().describe('The end of the hold; null without one'),
  })
  .meta({ id: 'ReviewedReward' });
export type ReviewedReward = z.infer<typeof reviewedRewardOutput>;
export const reviewedRewardListOutput = createListOutputSchema(reviewedRewardOutput);

export const rewardFilters = {
  state: z
    .enum([...rewardState.options, 'all'])
    .default('review')
    .describe('`review` lists the rewards that need a decision'),
  user: accountIdentifier.optional().describe('Only rewards of this user: email address, username or ID'),
  referrer: accountIdentifier.optional().describe('Only rewards for referrals of this referrer'),
  campaign: z.uuid().optional().describe('Only rewards under this campaign'),
  reason: rewardRole.optional().describe('Only rewards with this `role`'),
  q: singleLineSchema(1, 254)
    .optional()
    .describe(
      'Only rewards that match: their ID or that of the referral, or of the user an ID, an email address or the beginning of the username',
    ),
};
const order = z.enum(['oldest', 'newest']).default('oldest');
export const listReviewedRewardsInput = z
  .strictObject({ ...paginationInput, ...rewardFilters, sort: order })
  .prefault({});
export type RewardOrder = z.infer<typeof order>;
const filtersOnly = z.strictObject(rewardFilters);
export type RewardFilters = z.infer<typeof filtersOnly>;
export const decideRewardInput = z
  .strictObject({
    id: z.uuid(),
    reason: singleLineSchema(1, 500).describe('Stored with the decision'),
  })
  .meta({ id: 'DecideRewardInput' });
