import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { authedProcedure } from '../../trpc/init.ts';
import {
  createInput,
  idInput,
  listInput,
  page,
  pageList,
  previewLink,
  restoreInput,
  updateInput,
} from './schema.ts';
import * as service from './service.ts';
import * as trash from './trash/service.ts';

const openapi = { tags: ['Pages'], protect: true };

export const pagesRouter = {
  list: authedProcedure
    .meta({ openapi: { ...openapi, method: 'GET', path: '/api/pages', summary: 'Your pages' } })
    .input(listInput)
    .output(pageList)
    .query(({ ctx, input }) => service.list(ctx, input)),

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
    .input(createInput)
    .output(page)
    .mutation(({ ctx, input }) => service.create(ctx, input)),

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
    .input(idInput)
    .output(page)
    .query(({ ctx, input }) => service.get(ctx, input)),

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
    .input(updateInput)
    .output(page)
    .mutation(({ ctx, input }) => service.update(ctx, input)),

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
    .input(idInput)
    .output(z.void())
    .mutation(({ ctx, input }) => trash.remove(ctx, input)),

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
    .input(restoreInput)
    .output(page)
    .mutation(({ ctx, input }) => trash.restore(ctx, input)),

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
    .input(idInput)
    .output(previewLink)
    .mutation(({ ctx, input }) => service.previewLink(ctx, input)),
} satisfies TRPCRouterRecord;
