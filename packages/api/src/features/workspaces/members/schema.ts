import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { timestamp } from '../../../core/text/validation.ts';
import { workspaceRole } from '../schema.ts';

export const memberOutput = z
  .object({
    userId: z.uuid(),
    username: z.string(),
    displayName: z.string().nullable(),
    avatarUrl: z.string().nullable(),
    role: workspaceRole,
    joinedAt: timestamp,
  })
  .meta({ id: 'Member' });
export type Member = z.infer<typeof memberOutput>;
export const memberListOutput = createListOutputSchema(memberOutput);

export const listMembersInput = z.strictObject({ id: z.uuid(), ...paginationInput });
export const memberIdInput = z.strictObject({ id: z.uuid(), userId: z.uuid() });
export const updateMemberInput = z
  .strictObject({ ...memberIdInput.shape, role: workspaceRole })
  .meta({ id: 'UpdateMemberInput' });
