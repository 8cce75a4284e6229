import { z } from 'zod';
import { timestamp } from '../../../core/text/validation.ts';

export const verificationDetailsOutput = z
  .object({
    purpose: z.enum(['verify_email', 'change_email']),
    requestedAt: timestamp.describe('When the account was made, or the change of address requested'),
    country: z
      .string()
      .nullable()
      .describe('ISO 3166-1 code of the country where the account was made, if known'),
  })
  .meta({ id: 'VerificationDetails' });
export type VerificationDetails = z.infer<typeof verificationDetailsOutput>;
