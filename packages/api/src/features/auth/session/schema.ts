import { z } from 'zod';
import { pageInput, timestamp } from '../../../core/validation.ts';

export const session = z.object({
  id: z.uuid(),
  userAgent: z.string().nullable(),
  device: z.string().nullable().describe('Read from the user agent, such as `Firefox on Linux`'),
  ip: z.string().nullable(),
  createdAt: timestamp,
  lastUsedAt: timestamp.describe('Written at most once a minute'),
  current: z.boolean(),
});
export type Session = z.infer<typeof session>;

export const listInput = z.strictObject(pageInput);
export const sessionPage = z.object({ items: z.array(session), nextCursor: z.string().nullable() });
export const endInput = z.strictObject({ id: z.uuid() });
