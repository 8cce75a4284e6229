import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { idempotent } from '../../../trpc/idempotency.ts';
import { freshlyProven } from '../../../trpc/fresh-proof.ts';
import { memberProcedure } from '../../../trpc/init.ts';
import { workspaceIdInput, workspaceOutput } from '../../workspaces/schema.ts';
import { pageOutput } from '../schema.ts';
import { duplicatePageInput, transferPageInput } from './schema.ts';
import * as service from './service.ts';

export const pageOwnershipRouter = {
  transfer: memberProcedure('pages:transfer')
    .meta({
      openapi: {
        tags: ['Pages'],
        method: 'POST',
        path: '/api/pages/{id}/transfer',
        summary: 'Move a page to another workspace',
        description:
          'The page keeps its handle, redirects, blocks and counts. Its preview links are revoked. In the target you need a role that may create pages.',
        errors: ['CONFLICT', 'LIMIT_REACHED', 'TAKEN_DOWN'],
      },
    })
    .input(transferPageInput)
    .output(pageOutput)
    .mutation(({ ctx, input }) => service.transferPage(ctx, input)),

  duplicate: memberProcedure('pages:write')
    .meta({
      openapi: {
        tags: ['Pages'],
        method: 'POST',
        path: '/api/pages/{id}/duplicate',
        summary: 'Copy a page',
        description: 'Creates a draft in the same workspace, with all blocks but those in the trash.',
        versioned: true,
        success: 201,
        errors: ['CONFLICT', 'HANDLE_TAKEN', 'LIMIT_REACHED', 'TAKEN_DOWN'],
      },
    })
    .input(duplicatePageInput)
    .concat(idempotent)
    .output(pageOutput)
    .mutation(({ ctx, input }) => service.duplicatePage(ctx, input)),
} satisfies TRPCRouterRecord;

export const workspaceTrashRouter = {
  delete: memberProcedure('workspace:delete')
    .meta({
      openapi: {
        tags: ['Workspaces'],
        method: 'DELETE',
        path: '/api/workspaces/{id}',
        summary: 'Delete a team workspace',
        description:
          'Nobody can use it or see its pages any more. An owner can restore it for 30 days; then it is deleted for good.',
        success: 204,
        errors: ['CONFLICT'],
      },
    })
    .input(workspaceIdInput)
    .concat(freshlyProven)
    .output(z.void())
    .mutation(({ ctx, input }) => service.deleteWorkspace(ctx, input)),

  restore: memberProcedure('workspace:delete')
    .meta({
      openapi: {
        tags: ['Workspaces'],
        method: 'POST',
        path: '/api/workspaces/{id}/restore',
        summary: 'Restore a deleted workspace',
        description: 'With its pages, members and invitations as they were.',
      },
    })
    .input(workspaceIdInput)
    .output(workspaceOutput)
    .mutation(({ ctx, input }) => service.restoreWorkspace(ctx, input)),
} satisfies TRPCRouterRecord;
