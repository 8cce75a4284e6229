import { z } from 'zod';
import { pageInput, timestamp } from '../../core/validation.ts';

/** What credits can be spent on. */
export const redeemable = z.enum(['premium_month']);
export type Redeemable = z.infer<typeof redeemable>;

/** What each item costs, in credits. */
export const COSTS: Record<Redeemable, number> = { premium_month: 100 };

const count = z.number().int();
export const creditEntry = z
  .object({
    id: z.uuid(),
    kind: z.enum(['reward', 'redemption']),
    amount: count.describe('Credits: earned above zero, spent below'),
    referralId: z.uuid().nullable().describe('What it was earned by'),
    item: redeemable.nullable().describe('What it was spent on'),
    createdAt: timestamp,
  })
  .meta({ id: 'CreditEntry' });
export type CreditEntry = z.infer<typeof creditEntry>;

export const listInput = z.strictObject(pageInput);
export const rewardsPage = z.object({
  balance: count,
  items: z.array(creditEntry),
  nextCursor: z.string().nullable(),
  catalogue: z.array(z.object({ item: redeemable, cost: count })).describe('What credits can be spent on'),
});
export type RewardsPage = z.infer<typeof rewardsPage>;
