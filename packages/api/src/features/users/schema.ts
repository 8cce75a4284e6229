import { z } from 'zod';
import { timestamp } from '../../core/text/validation.ts';

export const userOutput = z
  .object({
    id: z.uuid(),
    email: z.string(),
    username: z.string(),
    displayName: z.string().nullable(),
    emailVerified: z.boolean(),
    referralCode: z.string(),
    referralUrl: z.url(),
    referredBy: z.string().nullable().describe("The referrer's username"),
    role: z.enum(['user', 'admin']),
    createdAt: timestamp,
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof userOutput>;
