import { z } from 'zod';

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
