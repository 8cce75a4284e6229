import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { nameSchema, timestamp } from '../../../core/text/validation.ts';

export const sessionOutput = z
  .object({
    id: z.uuid(),
    name: z.string().nullable().describe('The name that you gave the device'),
    amr: z
      .array(z.string())
      .describe(
        'How you signed in, in the words of RFC 8176: `pwd`, `otp`, `hwk`, `swk`, `mfa`; `fed` is a provider',
      ),
    userAgent: z.string().nullable(),
    device: z.string().nullable().describe('Derived from the user agent, such as `Firefox on Linux`'),
    ip: z.string().nullable(),
    createdAt: timestamp,
    lastUsedAt: timestamp.describe('Updated at most once a minute'),
    current: z.boolean(),
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof sessionOutput>;

export const listSessionsInput = z.strictObject(paginationInput).prefault({});
export const sessionListOutput = createListOutputSchema(sessionOutput);
export const endSessionInput = z.strictObject({ id: z.uuid() });
export const renameSessionInput = z
  .strictObject({ id: z.uuid(), name: nameSchema(1, 80).nullable().describe('Null for none') })
  .meta({ id: 'RenameSessionInput' });
