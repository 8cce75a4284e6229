import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../core/http/pagination.ts';
import { singleLineSchema, timestamp } from '../../core/text/validation.ts';
import { accountIdentifier, emailAddress, userOutput, username } from '../users/schema.ts';
import { workspaceRole } from '../workspaces/schema.ts';

export const adminRole = z.enum(['user', 'admin']);
export type AdminRole = z.infer<typeof adminRole>;

const adminUser = {
  id: z.uuid(),
  email: z.string(),
  username: z.string(),
  role: adminRole,
  suspended: z.boolean(),
  emailVerified: z.boolean(),
  createdAt: timestamp,
};
export const adminUserOutput = z.object(adminUser).meta({ id: 'AdminUser' });
export type AdminUser = z.infer<typeof adminUserOutput>;
export const adminUserListOutput = createListOutputSchema(adminUserOutput);

export const adminUserDetailsOutput = z
  .object({
    ...adminUser,
    suspendedAt: timestamp.nullable(),
    hasPassword: z.boolean().describe('False for users who never set one, such as those who were invited'),
    identities: z
      .array(
        z
          .object({
            provider: z.string(),
            email: z.string().nullable(),
            createdAt: timestamp,
            lastUsedAt: timestamp.nullable(),
          })
          .meta({ id: 'AdminUserIdentity' }),
      )
      .describe('Providers with which the user can sign in'),
    mfa: userOutput.shape.mfa,
    sessions: z.number().int().describe('How many the user is signed in with'),
    lastSignInAt: timestamp.nullable().describe('Known for as long as security events are kept'),
    workspaces: z.array(
      z.object({ id: z.uuid(), name: z.string(), role: workspaceRole }).meta({ id: 'AdminUserWorkspace' }),
    ),
  })
  .meta({ id: 'AdminUserDetails' });
export type AdminUserDetails = z.infer<typeof adminUserDetailsOutput>;

export const listUsersInput = z
  .strictObject({
    ...paginationInput,
    q: accountIdentifier
      .optional()
      .describe('The beginning of an email address or username, in any case, or a whole ID'),
    role: adminRole.optional(),
    status: z.enum(['active', 'suspended']).optional(),
  })
  .prefault({});
export type ListUsersInput = z.infer<typeof listUsersInput>;

const reason = singleLineSchema(1, 500).describe('For the audit log; the user does not see it');

export const targetUserInput = z.strictObject({ id: z.uuid() });
export const userActInput = z
  .strictObject({ id: z.uuid(), reason: reason.optional() })
  .meta({ id: 'UserActInput' });
export const createUserInput = z
  .strictObject({ email: emailAddress, username })
  .meta({ id: 'CreateUserInput' });
export const setUserRoleInput = z
  .strictObject({ id: z.uuid(), role: adminRole, reason })
  .meta({ id: 'SetUserRoleInput' });
export const suspendUserInput = z.strictObject({ id: z.uuid(), reason }).meta({ id: 'SuspendUserInput' });
export const removeSecondFactorInput = z
  .strictObject({ id: z.uuid(), reason })
  .meta({ id: 'RemoveSecondFactorInput' });
