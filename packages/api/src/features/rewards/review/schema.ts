import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { singleLineSchema, timestamp } from '../../../core/text/validation.ts';

const state = z.enum(['review', 'reversed', 'waived']);
export type RewardReviewState = z.infer<typeof state>;

export const reviewedRewardOutput = z
  .object({
    id: z.uuid(),
    state: state.describe('`review`: its credits were already spent and could not be taken back'),
    role: z.enum(['referrer', 'referred']).describe('Which side of the referral was rewarded'),
    credits: z.number().int(),
    user: z
      .object({
        id: z.uuid(),
        username: z.string().nullable(),
        balance: z.number().int().describe('Credits that can be taken back now'),
      })
      .meta({ id: 'RewardedUser' }),
    referralId: z.uuid(),
    campaignId: z.uuid(),
    createdAt: timestamp,
  })
  .meta({ id: 'ReviewedReward' });
export type ReviewedReward = z.infer<typeof reviewedRewardOutput>;
export const reviewedRewardListOutput = createListOutputSchema(reviewedRewardOutput);

export const listReviewedRewardsInput = z
  .strictObject({
    ...paginationInput,
    state: state.default('review').describe('`review` lists the rewards that need a decision'),
  })
  .prefault({});
export const decideRewardInput = z
  .strictObject({
    id: z.uuid(),
    reason: singleLineSchema(1, 500).describe('Stored with the decision'),
  })
  .meta({ id: 'DecideRewardInput' });
