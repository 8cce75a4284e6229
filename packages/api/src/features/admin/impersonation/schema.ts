import { z } from 'zod';
import { singleLineSchema } from '../../../core/text/validation.ts';

export const impersonateUserInput = z
  .strictObject({
    id: z.uuid(),
    reason: singleLineSchema(1, 500).describe('For the audit log; the user does not see it'),
  })
  .meta({ id: 'ImpersonateUserInput' });

export const impersonationOutput = z
  .object({
    id: z.uuid(),
    accessToken: z.string().describe('Send it as `Authorization: Bearer`; it works nowhere else'),
    tokenType: z.literal('Bearer'),
    expiresIn: z.number().int().describe('Seconds until the access token expires'),
  })
  .meta({ id: 'Impersonation' });
export type Impersonation = z.infer<typeof impersonationOutput>;

export const endImpersonationInput = z.strictObject({ id: z.uuid() });
