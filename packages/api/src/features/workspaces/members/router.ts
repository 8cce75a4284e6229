import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { memberProcedure } from '../../../trpc/init.ts';
import {
  listMembersInput,
  memberIdInput,
  memberListOutput,
  memberOutput,
  updateMemberInput,
} from './schema.ts';
import * as service from './service.ts';

const tags = ['Workspaces'];

export const membersRouter = {
  listMembers: memberProcedure('workspace:read')
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/workspaces/{id}/members',
        tags,
        summary: 'List the members of a workspace',
        description: 'In the order in which they joined.',
      },
    })
    .input(listMembersInput)
    .output(memberListOutput)
    .query(({ ctx, input }) => service.listMembers(ctx, input)),

  updateMember: memberProcedure('members:write')
    .meta({
      openapi: {
        method: 'PATCH',
        path: '/api/workspaces/{id}/members/{userId}',
        tags,
        summary: 'Change the role of a member',
        description:
          'Only owners make someone an owner or change the role of an owner, with a fresh proof: a session that signed in or called `POST /api/me/reauthenticate` less than ten minutes ago. To hand a workspace over, make the other member an owner and then change your own role.',
        errors: ['REAUTHENTICATION_REQUIRED', 'LAST_OWNER', 'LIMIT_REACHED'],
      },
    })
    .input(updateMemberInput)
    .output(memberOutput)
    .mutation(({ ctx, input }) => service.updateMember(ctx, input)),

  removeMember: memberProcedure('members:write')
    .meta({
      openapi: {
        method: 'DELETE',
        path: '/api/workspaces/{id}/members/{userId}',
        tags,
        summary: 'Remove a member, or leave a workspace',
        description:
          'Every member may leave with their own ID. Only owners remove owners, with a fresh proof.',
        success: 204,
        errors: ['REAUTHENTICATION_REQUIRED', 'LAST_OWNER', 'CONFLICT'],
      },
    })
    .input(memberIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.removeMember(ctx, input)),
} satisfies TRPCRouterRecord;
