import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { authedProcedure } from '../../trpc/init.ts';
import {
  createPageInput,
  pageIdInput,
  listPagesInput,
  pageOutput,
  pageListOutput,
  previewLinkOutput,
  restorePageInput,
  updatePageInput,
} from './schema.ts';
import * as service from './service.ts';
import * as trash from './trash/service.ts';

const openapi = { tags: ['Pages'] };

export const pagesRouter = {
  list: authedProcedure
    .meta({ openapi: { ...openapi, method: 'GET', path: '/api/pages', summary: 'Your pages' } })
    .input(listPagesInput)
    .output(pageListOutput)
    .query(({ ctx, input }) => service.listPages(ctx, input)),

  create: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/pages',
        summary: 'Make another page',
        versioned: true,
        success: 201,
        errors: ['HANDLE_TAKEN', 'LIMIT_REACHED'],
      },
    })
    .input(createPageInput)
    .output(pageOutput)
    .mutation(({ ctx, input }) => service.createPage(ctx, input)),

  get: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/pages/{id}',
        summary: 'One of your pages',
        versioned: true,
        errors: ['NOT_FOUND'],
      },
    })
    .input(pageIdInput)
    .output(pageOutput)
    .query(({ ctx, input }) => service.getPage(ctx, input)),

  update: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'PATCH',
        path: '/api/pages/{id}',
        summary: 'Change a page, publish it or take it back',
        versioned: true,
        description:
          'With `If-Match`, or `version`, it is refused where the page was changed since. A handle that is replaced leads to the new one for 90 days.',
        errors: ['NOT_FOUND', 'HANDLE_TAKEN', 'LIMIT_REACHED', 'PRECONDITION_FAILED'],
      },
    })
    .input(updatePageInput)
    .output(pageOutput)
    .mutation(({ ctx, input }) => service.updatePage(ctx, input)),

  delete: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'DELETE',
        path: '/api/pages/{id}',
        summary: 'Move a page into the trash',
        versioned: true,
        description: 'It can be restored for 30 days, and its handle is kept for you for 90.',
        success: 204,
        errors: ['NOT_FOUND', 'PRECONDITION_FAILED'],
      },
    })
    .input(pageIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => trash.trashPage(ctx, input)),

  restore: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/pages/{id}/restore',
        summary: 'Take a page out of the trash',
        errors: ['NOT_FOUND', 'HANDLE_TAKEN', 'LIMIT_REACHED'],
      },
    })
    .input(restorePageInput)
    .output(pageOutput)
    .mutation(({ ctx, input }) => trash.restorePage(ctx, input)),

  previewLink: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/pages/{id}/preview-link',
        summary: 'A link that shows a page before it is published',
        description: 'Good for a day, for whoever has it.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(pageIdInput)
    .output(previewLinkOutput)
    .mutation(({ ctx, input }) => service.createPreviewLink(ctx, input)),
} satisfies TRPCRouterRecord;
