import { z } from 'zod';
import { timestamp } from '../../core/text/validation.ts';
import { redeemableItem } from '../rewards/schema.ts';

export const redeemInput = z.strictObject({ item: redeemableItem });

export const redemptionOutput = z.object({
  id: z.uuid(),
  item: redeemableItem,
  balance: z.number().int().describe('Credits left'),
  premiumUntil: timestamp,
});
export type RedemptionAnswer = z.infer<typeof redemptionOutput>;
