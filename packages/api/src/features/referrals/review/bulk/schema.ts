import { z } from 'zod';
import { bulkFailure, bulkIds } from '../../../../core/bulk.ts';
import { singleLineSchema } from '../../../../core/text/validation.ts';
import { referralStatus } from '../../schema.ts';
import { reversalCause } from '../schema.ts';

export const decideReferralsInput = z
  .strictObject({
    decision: z.enum(['approve', 'reject', 'reverse']),
    ids: bulkIds,
    reason: singleLineSchema(1, 500).describe('Stored with each decision'),
    cause: reversalCause.optional().describe('Only for `reverse`, by default `other`'),
  })
  .refine(({ decision, cause }) => cause === undefined || decision === 'reverse', {
    path: ['cause'],
    error: 'Only for the decision `reverse`',
  })
  .meta({ id: 'DecideReferralsInput' });

export const decidedReferralsOutput = z
  .object({
    decided: z.number().int(),
    items: z
      .array(
        z
          .object({
            id: z.uuid(),
            status: referralStatus.nullable().describe('After the decision; null if it was refused'),
            error: bulkFailure,
          })
          .meta({ id: 'DecidedReferral' }),
      )
      .describe('One per ID, in the order given'),
  })
  .meta({ id: 'DecidedReferrals' });
