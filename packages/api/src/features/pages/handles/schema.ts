import { z } from 'zod';
import { timestamp } from '../../../core/text/validation.ts';

export const checkHandleInput = z.strictObject({ handle: z.string().max(200) });

export const handleUnavailability = z
  .enum(['invalid', 'reserved', 'taken', 'held'])
  .meta({ id: 'HandleUnavailability' });
export type HandleUnavailability = z.infer<typeof handleUnavailability>;

export const handleAvailabilityOutput = z
  .object({
    handle: z.string(),
    available: z.boolean(),
    reason: handleUnavailability
      .nullable()
      .describe('`held`: kept for its previous owner; null if the handle is available'),
  })
  .meta({ id: 'HandleAvailability' });
export type HandleAvailability = z.infer<typeof handleAvailabilityOutput>;

export const ownHandleOutput = z
  .object({
    handle: z.string(),
    state: z.enum(['active', 'renamed', 'held']),
    until: timestamp.nullable(),
  })
  .meta({ id: 'OwnHandle' });
export type OwnHandle = z.infer<typeof ownHandleOutput>;
