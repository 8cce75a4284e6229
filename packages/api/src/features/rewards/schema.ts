import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../core/http/pagination.ts';
import { timestamp } from '../../core/text/validation.ts';
import { redemptionState } from './fulfilment/schema.ts';
import { catalogueItemOutput, itemName } from './items/schema.ts';
import { rewardRole } from './review/schema.ts';

export const capPeriod = z.enum(['day', 'week', 'month', 'all']);

const MAX_CREDITS = 1_000_000;
const MAX_REFERRALS = 1_000_000;
const MAX_MILESTONES = 20;

const credits = z.number().int().min(0).max(MAX_CREDITS);
const milestones = z
  .array(
    z
      .strictObject({ referrals: z.number().int().min(1).max(MAX_REFERRALS), credits: credits.min(1) })
      .meta({ id: 'Milestone' }),
  )
  .max(MAX_MILESTONES)
  .refine((all) => new Set(all.map(({ referrals }) => referrals)).size === all.length, {
    error: 'Use each number of referrals only once',
  });

export const rewardTerms = {
  referrerCredits: credits.describe('Credits for the referrer per successful referral'),
  referredCredits: credits.describe('Credits for the referred user'),
  cap: z
    .number()
    .int()
    .min(1)
    .max(MAX_REFERRALS)
    .nullable()
    .describe('Maximum rewarded referrals per referrer and period; null for no cap'),
  capPeriod: capPeriod.describe(
    'The period `cap` applies to, in `timezone`; weeks start on Monday. It counts rewards under every campaign; `all` is for ever',
  ),
  milestones: milestones.describe(
    'Extra credits, once each, when a referrer reaches that many successful referrals',
  ),
};

const entryKind = z.enum([
  'reward',
  'redemption',
  'cancellation',
  'reversal',
  'restoration',
  'grant',
  'deduction',
]);
const entryReason = z.enum([...rewardRole.options, ...entryKind.exclude(['reward']).options]);
export type EntryReason = z.infer<typeof entryReason>;
export const entryFilters = {
  reason: entryReason
    .optional()
    .describe('Only entries with this reason: of rewards the `role`, of all others the `kind`'),
};

const count = z.number().int();
export const creditEntryOutput = z
  .object({
    id: z.uuid(),
    kind: entryKind.describe(
      '`cancellation` gives the credits of a redemption back; `reversal` takes a reward back, `restoration` undoes that; `grant` and `deduction` are by an administrator',
    ),
    amount: count.describe('Credits: positive if earned, negative if spent or taken back'),
    role: rewardRole
      .nullable()
      .describe('What a reward was for: referring a user, being referred, or reaching a milestone'),
    referralId: z.uuid().nullable().describe('The referral it was earned by'),
    milestone: count.nullable().describe('The number of successful referrals the milestone is for'),
    state: z
      .enum(['granted', 'pending'])
      .nullable()
      .describe(
        'Of rewards: `pending` ones are held until `dueAt` and are not in `balance`; null for other kinds',
      ),
    dueAt: timestamp.nullable().describe('When a pending reward is granted'),
    item: z.string().nullable().describe('The item it was spent on, also of a cancellation'),
    createdAt: timestamp,
  })
  .meta({ id: 'CreditEntry' });
export type CreditEntry = z.infer<typeof creditEntryOutput>;

export const listRewardsInput = z.strictObject({ ...paginationInput, ...entryFilters }).prefault({});
export type EntryPage = z.infer<typeof listRewardsInput>;
export const rewardsOutput = z
  .object({
    balance: count,
    pending: count.describe('Credits of pending rewards; not in `balance`'),
    held: count.describe(
      'The part of `balance` that cannot be spent while a reward is in review whose credits were spent before it was reversed',
    ),
    ...createListOutputSchema(creditEntryOutput).shape,
    catalogue: z
      .array(catalogueItemOutput)
      .describe('What credits can be spent on; the cheapest first within each tier'),
  })
  .meta({ id: 'Rewards' });
export type RewardsPage = z.infer<typeof rewardsOutput>;

export const redeemInput = z
  .strictObject({ item: itemName.describe('An item of the catalogue') })
  .meta({ id: 'RedeemInput' });
export const redemptionOutput = z
  .object({
    id: z.uuid(),
    item: z.string(),
    balance: z.number().int().describe('Credits left'),
    premiumUntil: timestamp.nullable().describe('Only for items of the kind `premium`'),
    code: z.string().nullable().describe('Only for items of the kind `code`: yours alone'),
    state: redemptionState,
  })
  .meta({ id: 'Redemption' });
export type Redemption = z.infer<typeof redemptionOutput>;
