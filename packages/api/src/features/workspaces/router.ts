import type { TRPCRouterRecord } from '@trpc/server';
import { idempotent } from '../../trpc/idempotency.ts';
import { authedProcedure, memberProcedure, scopedProcedure } from '../../trpc/init.ts';
import {
  createWorkspaceInput,
  listWorkspacesInput,
  updateWorkspaceInput,
  workspaceIdInput,
  workspaceListOutput,
  workspaceOutput,
} from './schema.ts';
import * as service from './service.ts';

const tags = ['Workspaces'];

export const workspacesRouter = {
  list: scopedProcedure('workspace:read')
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/workspaces',
        tags,
        summary: 'List the workspaces that you are in',
        description: 'Oldest first; your personal workspace is one of them. An API key sees only its own.',
      },
    })
    .input(listWorkspacesInput)
    .output(workspaceListOutput)
    .query(({ ctx, input }) => service.listWorkspaces(ctx, input)),

  create: authedProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/workspaces',
        tags,
        summary: 'Create a team workspace',
        description: 'You become its owner. Everyone has a personal workspace from sign-up.',
        success: 201,
        errors: ['LIMIT_REACHED'],
      },
    })
    .input(createWorkspaceInput)
    .concat(idempotent)
    .output(workspaceOutput)
    .mutation(({ ctx, input }) => service.createWorkspace(ctx, input)),

  get: memberProcedure('workspace:read')
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/workspaces/{id}',
        tags,
        summary: 'Get a workspace',
        description: 'With your role in it.',
      },
    })
    .input(workspaceIdInput)
    .output(workspaceOutput)
    .query(({ ctx, input }) => service.getWorkspace(ctx, input)),

  update: memberProcedure('workspace:write')
    .meta({
      openapi: {
        method: 'PATCH',
        path: '/api/workspaces/{id}',
        tags,
        summary: 'Rename a workspace',
        description: 'Its slug stays as it is.',
      },
    })
    .input(updateWorkspaceInput)
    .output(workspaceOutput)
    .mutation(({ ctx, input }) => service.updateWorkspace(ctx, input)),
} satisfies TRPCRouterRecord;
