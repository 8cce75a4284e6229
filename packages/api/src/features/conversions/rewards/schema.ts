import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { singleLineSchema, timestamp } from '../../../core/text/validation.ts';

const state = z
  .enum(['pending', 'granted', 'fulfilled', 'capped', 'cancelled', 'reversed', 'review', 'waived'])
  .meta({ id: 'CampaignRewardState' });
export type RewardState = z.infer<typeof state>;

export const campaignRewardOutput = z
  .object({
    id: z.uuid(),
    campaignId: z.uuid(),
    referralId: z.uuid(),
    conversionId: z.uuid(),
    referrerId: z.uuid(),
    externalId: z.string().describe('The recipient in your product'),
    role: z.enum(['referrer', 'referred']).describe('Which side of the referral is rewarded'),
    kind: z.enum(['credits', 'external']),
    amount: z.number().int().describe('Credits, or minor units of `currency`'),
    currency: z.string().nullable().describe('Null for credits'),
    state: state.describe(
      '`pending`: on hold. `cancelled`: taken back while on hold, `reversed`: later. `review`: spent or fulfilled before it could be taken back.',
    ),
    dueAt: timestamp.describe('When the hold ends'),
    grantedAt: timestamp.nullable(),
    fulfilledAt: timestamp.nullable(),
    createdAt: timestamp,
  })
  .meta({ id: 'CampaignReward' });
export type CampaignReward = z.infer<typeof campaignRewardOutput>;
export const campaignRewardListOutput = createListOutputSchema(campaignRewardOutput);

export const listCampaignRewardsInput = z.strictObject({
  id: z.uuid(),
  ...paginationInput,
  referrerId: z.uuid().optional(),
  state: state.optional(),
});
export const rewardIdInput = z.strictObject({ id: z.uuid() });
export const decideCampaignRewardInput = z
  .strictObject({
    id: z.uuid(),
    reason: singleLineSchema(1, 500).describe('Stored with the decision'),
  })
  .meta({ id: 'DecideCampaignRewardInput' });
