import { z } from 'zod';
import { bulkFailure, bulkIds } from '../../../../core/bulk.ts';
import { singleLineSchema } from '../../../../core/text/validation.ts';
import { rewardState } from '../schema.ts';

export const decideRewardsInput = z
  .strictObject({
    decision: z.enum(['reverse', 'waive']),
    ids: bulkIds,
    reason: singleLineSchema(1, 500).describe('Stored with each decision'),
  })
  .meta({ id: 'DecideRewardsInput' });

export const decidedRewardsOutput = z
  .object({
    decided: z.number().int(),
    items: z
      .array(
        z
          .object({
            id: z.uuid(),
            state: rewardState.nullable().describe('After the decision; null if it was refused'),
            error: bulkFailure,
          })
          .meta({ id: 'DecidedReward' }),
      )
      .describe('One per ID, in the order given'),
  })
  .meta({ id: 'DecidedRewards' });
