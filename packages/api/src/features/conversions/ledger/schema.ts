import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { timestamp } from '../../../core/text/validation.ts';
import { externalId } from '../../campaigns/people/schema.ts';

export const CREDITS = 'credits';

const MAX_CREDITS = 1_000_000_000;
const ids = { id: z.uuid(), referrerId: z.uuid() };

export const listEntriesInput = z.strictObject({ ...ids, ...paginationInput });
export const entryOutput = z
  .object({
    id: z.uuid(),
    kind: z
      .enum(['reward', 'fulfilment', 'redemption', 'reversal'])
      .describe('Granted, fulfilled by your product, spent, or one of these taken back'),
    amount: z.number().int().describe('Positive or negative; the balance of a unit is the sum'),
    unit: z.string().describe('`credits`, or a currency in minor units'),
    rewardId: z.uuid().nullable().describe('Null for a redemption'),
    externalId: z.string().nullable().describe('Of a redemption'),
    createdAt: timestamp,
  })
  .meta({ id: 'LedgerEntry' });
export type Entry = z.infer<typeof entryOutput>;
export const entryListOutput = createListOutputSchema(entryOutput);

export const spendCreditsInput = z
  .strictObject({
    ...ids,
    externalId: externalId.describe('ID of the purchase in your product; each one spends once'),
    amount: z.number().min(1).max(MAX_CREDITS).int().describe('Credits'),
  })
  .meta({ id: 'SpendCreditsInput' });
export const spentCreditsOutput = z
  .object({ id: z.uuid(), externalId: z.string(), amount: z.number().int(), createdAt: timestamp })
  .meta({ id: 'SpentCredits' });
export type SpentCredits = z.infer<typeof spentCreditsOutput>;
