import { z } from 'zod';
import { timestamp } from '../../core/validation.ts';
import { redeemable } from '../rewards/schema.ts';

export const redeemInput = z.strictObject({ item: redeemable });

export const redemption = z.object({
  id: z.uuid(),
  item: redeemable,
  balance: z.number().int().describe('Credits left'),
  premiumUntil: timestamp,
});
export type RedemptionAnswer = z.infer<typeof redemption>;
