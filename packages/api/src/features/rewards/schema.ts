import { z } from 'zod';
import { paginatedOutput, paginationInput } from '../../core/http/pagination.ts';
import { timestamp } from '../../core/text/validation.ts';

/** What credits can be spent on. */
export const redeemableItem = z.enum(['premium_month']);
export type Redeemable = z.infer<typeof redeemableItem>;

/** What each item costs, in credits. */
export const CREDIT_COSTS: Record<Redeemable, number> = { premium_month: 100 };

export const capPeriod = z.enum(['day', 'week', 'month', 'all']);

const credits = z.number().int().min(0).max(1_000_000);
const milestones = z
  .array(z.strictObject({ referrals: z.number().int().min(1).max(1_000_000), credits: credits.min(1) }))
  .max(20)
  .refine((all) => new Set(all.map(({ referrals }) => referrals)).size === all.length, {
    error: 'Must name each number of referrals once',
  });

/** What a version of a campaign gives, and to whom. */
export const rewardTerms = {
  referrerCredits: credits.describe('For the referrer, for each successful referral'),
  referredCredits: credits.describe('For the person who was referred'),
  cap: z.number().int().min(1).max(1_000_000).nullable().describe('Most rewarded referrals of one referrer'),
  capPeriod: capPeriod.describe('What `cap` is counted over, in UTC; a week begins on Monday'),
  milestones: milestones.describe('Once each, when a referrer has that many successful referrals'),
};

const count = z.number().int();
export const creditEntryOutput = z
  .object({
    id: z.uuid(),
    kind: z.enum(['reward', 'redemption', 'reversal']),
    amount: count.describe('Credits: earned above zero, spent or taken back below'),
    role: z
      .enum(['referrer', 'referred', 'milestone'])
      .nullable()
      .describe('What a reward was for: bringing someone, being brought, or a number of people brought'),
    referralId: z.uuid().nullable().describe('What it was earned by'),
    milestone: count.nullable().describe('The number of successful referrals that was reached'),
    item: redeemableItem.nullable().describe('What it was spent on'),
    createdAt: timestamp,
  })
  .meta({ id: 'CreditEntry' });
export type CreditEntry = z.infer<typeof creditEntryOutput>;

export const listRewardsInput = z.strictObject(paginationInput);
export const rewardsOutput = z.object({
  balance: count,
  ...paginatedOutput(creditEntryOutput).shape,
  catalogue: z
    .array(z.object({ item: redeemableItem, cost: count }))
    .describe('What credits can be spent on'),
});
export type RewardsPage = z.infer<typeof rewardsOutput>;

export const redeemInput = z.strictObject({ item: redeemableItem });
export const redemptionOutput = z.object({
  id: z.uuid(),
  item: redeemableItem,
  balance: z.number().int().describe('Credits left'),
  premiumUntil: timestamp,
});
export type Redemption = z.infer<typeof redemptionOutput>;
