import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { idempotent } from '../../../trpc/idempotency.ts';
import { authedProcedure, memberProcedure } from '../../../trpc/init.ts';
import { workspaceOutput } from '../schema.ts';
import {
  createInvitationInput,
  invitationDetailsOutput,
  invitationIdInput,
  invitationListOutput,
  invitationOutput,
  invitationTokenInput,
  listInvitationsInput,
} from './schema.ts';
import * as service from './service.ts';

const tags = ['Workspaces'];

export const invitationsRouter = {
  list: memberProcedure('members:write')
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/workspaces/{id}/invitations',
        tags,
        summary: 'List the open invitations to a workspace',
        description: 'Oldest first. Invitations that were accepted, revoked or have expired are not listed.',
      },
    })
    .input(listInvitationsInput)
    .output(invitationListOutput)
    .query(({ ctx, input }) => service.listInvitations(ctx, input)),

  create: memberProcedure('members:write')
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/workspaces/{id}/invitations',
        tags,
        summary: 'Invite someone by email',
        description:
          'The link in the mail works for 7 days and only for an account with that address. The answer is the same whether or not there is one. Only owners invite owners.',
        success: 201,
        errors: ['EMAIL_NOT_VERIFIED', 'LIMIT_REACHED', 'CONFLICT'],
      },
    })
    .input(createInvitationInput)
    .concat(idempotent)
    .output(invitationOutput)
    .mutation(({ ctx, input }) => service.createInvitation(ctx, input)),

  delete: memberProcedure('members:write')
    .meta({
      openapi: {
        method: 'DELETE',
        path: '/api/workspaces/{id}/invitations/{invitationId}',
        tags,
        summary: 'Revoke an invitation',
        description: 'The link in its mail stops working at once.',
        success: 204,
      },
    })
    .input(invitationIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.revokeInvitation(ctx, input)),

  details: authedProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/invitations/details',
        tags,
        summary: 'See an invitation before you accept it',
        description: 'For the account that has verified the invited address. Changes nothing.',
        errors: ['TOKEN_EXPIRED', 'FORBIDDEN', 'EMAIL_NOT_VERIFIED'],
      },
    })
    .input(invitationTokenInput)
    .output(invitationDetailsOutput)
    .mutation(({ ctx, input }) => service.getInvitationDetails(ctx, input)),

  accept: authedProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/invitations/accept',
        tags,
        summary: 'Accept an invitation with the token from its link',
        description: 'For the account that has verified the invited address. A member keeps the role.',
        errors: ['TOKEN_EXPIRED', 'FORBIDDEN', 'EMAIL_NOT_VERIFIED', 'LIMIT_REACHED'],
      },
    })
    .input(invitationTokenInput)
    .output(workspaceOutput)
    .mutation(({ ctx, input }) => service.acceptInvitation(ctx, input)),
} satisfies TRPCRouterRecord;
