import { z } from 'zod';
import { timestamp } from '../../../core/text/validation.ts';

export const checkHandleInput = z.strictObject({ handle: z.string().max(200) });

export const handleUnavailability = z.enum(['invalid', 'reserved', 'taken', 'held']);
export type HandleUnavailability = z.infer<typeof handleUnavailability>;

export const handleAvailabilityOutput = z.object({
  handle: z.string(),
  available: z.boolean(),
  reason: handleUnavailability
    .nullable()
    .describe('`held`: kept for who had it before, up to 90 days; null where it is available'),
});
export type HandleAvailability = z.infer<typeof handleAvailabilityOutput>;

/** A handle in someone's name. */
export const ownHandleOutput = z.object({
  handle: z.string(),
  state: z.enum(['active', 'renamed', 'held']),
  until: timestamp.nullable(),
});
export type OwnHandle = z.infer<typeof ownHandleOutput>;
