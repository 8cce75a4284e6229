import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { idempotent } from '../../trpc/idempotency.ts';
import { memberProcedure } from '../../trpc/init.ts';
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
  list: memberProcedure('pages:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/pages',
        summary: 'List pages',
        description:
          'Of one workspace, or of all workspaces that you are in; oldest first. The first page is made at registration.',
      },
    })
    .input(listPagesInput)
    .output(pageListOutput)
    .query(({ ctx, input }) => service.listPages(ctx, input)),

  create: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/pages',
        summary: 'Create a page',
        description:
          'A user can have 20 pages, besides those in the trash. The page is a draft unless `published` is true.',
        versioned: true,
        success: 201,
        errors: ['HANDLE_TAKEN', 'LIMIT_REACHED', 'EMAIL_NOT_VERIFIED'],
      },
    })
    .input(createPageInput)
    .concat(idempotent)
    .output(pageOutput)
    .mutation(({ ctx, input }) => service.createPage(ctx, input)),

  get: memberProcedure('pages:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/pages/{id}',
        summary: 'Get a page',
        description: 'With everything that its owner can set. Visitors see `GET /api/public/pages/{handle}`.',
        versioned: true,
        errors: ['NOT_FOUND'],
      },
    })
    .input(pageIdInput)
    .output(pageOutput)
    .query(({ ctx, input }) => service.getPage(ctx, input)),

  update: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'PATCH',
        path: '/api/pages/{id}',
        summary: 'Change, publish or unpublish a page',
        versioned: true,
        description:
          'Send `If-Match` or `version` to refuse the change if someone else changed the page first. A replaced handle redirects to the new one for 90 days.',
        errors: [
          'NOT_FOUND',
          'HANDLE_TAKEN',
          'CONFLICT',
          'LIMIT_REACHED',
          'PRECONDITION_FAILED',
          'EMAIL_NOT_VERIFIED',
          'TAKEN_DOWN',
        ],
      },
    })
    .input(updatePageInput)
    .output(pageOutput)
    .mutation(({ ctx, input }) => service.updatePage(ctx, input)),

  delete: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'DELETE',
        path: '/api/pages/{id}',
        summary: 'Move a page into the trash',
        versioned: true,
        description: 'You can restore it for 30 days. Its handle is kept for you for 90 days.',
        success: 204,
        errors: ['NOT_FOUND', 'CONFLICT', 'PRECONDITION_FAILED'],
      },
    })
    .input(pageIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => trash.trashPage(ctx, input)),

  restore: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/pages/{id}/restore',
        summary: 'Restore a page from the trash',
        description: 'It comes back as it was. Send another `handle` if the old one is no longer available.',
        errors: ['NOT_FOUND', 'HANDLE_TAKEN', 'LIMIT_REACHED', 'TAKEN_DOWN'],
      },
    })
    .input(restorePageInput)
    .output(pageOutput)
    .mutation(({ ctx, input }) => trash.restorePage(ctx, input)),

  previewLink: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/pages/{id}/preview-link',
        summary: 'Create a preview link to a page',
        description:
          'Anyone who has the link can see the page, published or not, for 24 hours, unless you lose the right to change the page before. Append `&at=` and a time to the URL to see the page as it will be then, and `&country=`, `&language=` and `&device=` to see it as such a visitor.',
        errors: ['NOT_FOUND', 'EMAIL_NOT_VERIFIED', 'TAKEN_DOWN'],
      },
    })
    .input(pageIdInput)
    .output(previewLinkOutput)
    .mutation(({ ctx, input }) => service.createPreviewLink(ctx, input)),

  revokePreviewLinks: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'DELETE',
        path: '/api/pages/{id}/preview-link',
        summary: 'Revoke all preview links to a page',
        description: 'A new password, by reset or change, revokes those of all your pages.',
        success: 204,
        errors: ['NOT_FOUND'],
      },
    })
    .input(pageIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.revokePreviewLinks(ctx, input)),
} satisfies TRPCRouterRecord;
