import { z } from 'zod';
import { singleLineSchema, timestamp } from '../../core/text/validation.ts';
import { accountIdentifier } from '../users/schema.ts';

export const adminUserOutput = z
  .object({
    id: z.uuid(),
    email: z.string(),
    username: z.string(),
    role: z.enum(['user', 'admin']),
    suspended: z.boolean(),
    emailVerified: z.boolean(),
    createdAt: timestamp,
  })
  .meta({ id: 'AdminUser' });
export type AdminUser = z.infer<typeof adminUserOutput>;

export const findUserInput = z.strictObject({
  name: accountIdentifier.describe('Email address, username or ID'),
});
export const targetUserInput = z.strictObject({ id: z.uuid() });
export const suspendUserInput = z
  .strictObject({ id: z.uuid(), reason: singleLineSchema(1, 500) })
  .meta({ id: 'SuspendUserInput' });
export const removeSecondFactorInput = z
  .strictObject({ id: z.uuid(), reason: singleLineSchema(1, 500) })
  .meta({ id: 'RemoveSecondFactorInput' });
