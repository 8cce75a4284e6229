import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { mailedToken, timestamp } from '../../../core/text/validation.ts';
import { emailAddress } from '../../users/schema.ts';
import { workspaceRole } from '../schema.ts';

export const invitationOutput = z
  .object({
    id: z.uuid(),
    email: z.string(),
    role: workspaceRole,
    invitedBy: z.string().nullable().describe('The username of the member who sent it'),
    createdAt: timestamp,
    expiresAt: timestamp,
  })
  .meta({ id: 'Invitation' });
export type Invitation = z.infer<typeof invitationOutput>;
export const invitationListOutput = createListOutputSchema(invitationOutput);

export const listInvitationsInput = z.strictObject({ id: z.uuid(), ...paginationInput });
export const createInvitationInput = z
  .strictObject({
    id: z.uuid(),
    email: emailAddress,
    role: workspaceRole,
  })
  .meta({ id: 'CreateInvitationInput' });
export const invitationIdInput = z.strictObject({ id: z.uuid(), invitationId: z.uuid() });
export const invitationTokenInput = z
  .strictObject({ token: mailedToken })
  .meta({ id: 'InvitationTokenInput' });

export const invitationDetailsOutput = z
  .object({
    workspaceName: z.string(),
    role: workspaceRole,
  })
  .meta({ id: 'InvitationDetails' });
export type InvitationDetails = z.infer<typeof invitationDetailsOutput>;
