import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { idempotent } from '../../../trpc/idempotency.ts';
import { memberProcedure } from '../../../trpc/init.ts';
import { pageOutput } from '../schema.ts';
import {
  createPageFromTemplateInput,
  createTemplateInput,
  listTemplatesInput,
  templateIdInput,
  templateListOutput,
  templateOutput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Pages'] };

export const templatesRouter = {
  list: memberProcedure('pages:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/templates',
        summary: 'List templates of pages',
        description: 'The six built-in ones, then those of the workspaces; all on one page.',
      },
    })
    .input(listTemplatesInput)
    .output(templateListOutput)
    .query(({ ctx, input }) => service.listTemplates(ctx, input)),

  create: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/templates',
        summary: 'Make a page a template of its workspace',
        description: 'Copies the content as it is edited now. A workspace can have 50 templates.',
        success: 201,
        errors: ['NOT_FOUND', 'LIMIT_REACHED', 'TAKEN_DOWN'],
      },
    })
    .input(createTemplateInput)
    .concat(idempotent)
    .output(templateOutput)
    .mutation(({ ctx, input }) => service.createTemplate(ctx, input)),

  delete: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'DELETE',
        path: '/api/templates/{id}',
        summary: 'Delete a template',
        description: 'Pages that were made from it stay.',
        success: 204,
        errors: ['NOT_FOUND'],
      },
    })
    .input(templateIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.deleteTemplate(ctx, input)),

  createPage: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/templates/{id}/pages',
        summary: 'Create a page from a template',
        description: 'The page is a draft, with blocks of its own.',
        versioned: true,
        success: 201,
        errors: ['NOT_FOUND', 'HANDLE_TAKEN', 'LIMIT_REACHED'],
      },
    })
    .input(createPageFromTemplateInput)
    .concat(idempotent)
    .output(pageOutput)
    .mutation(({ ctx, input }) => service.createPageFromTemplate(ctx, input)),
} satisfies TRPCRouterRecord;
