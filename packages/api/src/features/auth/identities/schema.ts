import { z } from 'zod';
import { createListOutputSchema } from '../../../core/http/pagination.ts';
import { timestamp } from '../../../core/text/validation.ts';

export const identityOutput = z
  .object({
    id: z.uuid(),
    provider: z.string().describe('The ID of a provider, such as `google`'),
    subjectEmail: z
      .string()
      .nullable()
      .describe('The address that the provider last told us; it is not the address of your account'),
    createdAt: timestamp,
    lastUsedAt: timestamp.nullable().describe('Null if you have not signed in with it since it was linked'),
  })
  .meta({ id: 'Identity' });
export type Identity = z.infer<typeof identityOutput>;

export const identityListOutput = createListOutputSchema(identityOutput);
export const identityIdInput = z.strictObject({ id: z.uuid() });
