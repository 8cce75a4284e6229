import { z } from 'zod';
import { timestamp } from '../../../core/text/validation.ts';

export const signInOriginOutput = z
  .object({
    browser: z.string().nullable().describe('Such as `Firefox on Linux`; null if it is unknown'),
    firstSeenAt: timestamp,
    lastSeenAt: timestamp.describe('Updated at most once a day'),
  })
  .meta({ id: 'SignInOrigin' });
export type SignInOrigin = z.infer<typeof signInOriginOutput>;
