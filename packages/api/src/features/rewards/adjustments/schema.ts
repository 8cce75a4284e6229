import { z } from 'zod';
import { singleLineSchema, timestamp } from '../../../core/text/validation.ts';
import { accountIdentifier } from '../../users/schema.ts';

const MAX_ADJUSTMENT = 1_000_000;

export const adjustCreditsInput = z
  .strictObject({
    user: accountIdentifier.describe('Email address, username or ID'),
    amount: z
      .number()
      .int()
      .min(-MAX_ADJUSTMENT)
      .max(MAX_ADJUSTMENT)
      .refine((credits) => credits !== 0, { error: 'Must not be 0' })
      .describe('Credits to grant, or below zero to deduct'),
    reason: singleLineSchema(1, 500).describe('Stored in the ledger; the user does not see it'),
  })
  .meta({ id: 'AdjustCreditsInput' });

export const adjustedCreditsOutput = z
  .object({
    id: z.uuid().describe('Of the ledger entry'),
    userId: z.uuid(),
    amount: z.number().int(),
    balance: z.number().int().describe('After it'),
    createdAt: timestamp,
  })
  .meta({ id: 'AdjustedCredits' });
