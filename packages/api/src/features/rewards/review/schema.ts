import { z } from 'zod';
import { line, pageInput, timestamp } from '../../../core/validation.ts';

/** What became of a reward whose referral was reversed. */
const state = z.enum(['review', 'reversed', 'waived']);
export type ReviewState = z.infer<typeof state>;

export const reviewedReward = z
  .object({
    id: z.uuid(),
    state: state.describe('`review`: its credits were spent already and could not be taken back'),
    role: z.enum(['referrer', 'referred']).describe('Which side of the referral was rewarded'),
    credits: z.number().int(),
    user: z.object({
      id: z.uuid(),
      username: z.string().nullable(),
      balance: z.number().int().describe('Credits that could be taken now'),
    }),
    referralId: z.uuid(),
    campaignId: z.uuid(),
    createdAt: timestamp,
  })
  .meta({ id: 'ReviewedReward' });
export type ReviewedReward = z.infer<typeof reviewedReward>;
export const reviewPage = z.object({ items: z.array(reviewedReward), nextCursor: z.string().nullable() });

export const listInput = z.strictObject({
  ...pageInput,
  state: state.default('review').describe('The queue is `review`'),
});
export const decideInput = z.strictObject({
  id: z.uuid(),
  reason: line(1, 500).describe('Kept with the decision'),
});
