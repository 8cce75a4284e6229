import { z } from 'zod';
import { timestamp } from '../../../core/validation.ts';

export const checkInput = z.strictObject({ handle: z.string().max(200) });

export const unavailable = z.enum(['invalid', 'reserved', 'taken', 'held']);
export type Unavailable = z.infer<typeof unavailable>;

export const availability = z.object({
  handle: z.string(),
  available: z.boolean(),
  reason: unavailable
    .nullable()
    .describe('`held`: kept for who had it before, up to 90 days; null where it is available'),
});
export type Availability = z.infer<typeof availability>;

/** A handle in someone's name. */
export const ownHandle = z.object({
  handle: z.string(),
  state: z.enum(['active', 'renamed', 'held']),
  until: timestamp.nullable(),
});
export type OwnHandle = z.infer<typeof ownHandle>;
