import type { TRPCRouterRecord } from '@trpc/server';
import { idempotent } from '../../../trpc/idempotency.ts';
import { memberProcedure, scopedProcedure } from '../../../trpc/init.ts';
import { pageIdInput } from '../schema.ts';
import {
  importPageInput,
  importPreviewOutput,
  importResultOutput,
  pageFile,
  previewImportInput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Pages'] };

export const transferRouter = {
  export: memberProcedure('pages:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/pages/{id}/export',
        summary: 'Export a page as a file',
        description: 'The file contains everything that you can set. Importing it creates the same page.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(pageIdInput)
    .output(pageFile)
    .query(({ ctx, input }) => service.exportPage(ctx, input)),

  previewImport: scopedProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/page-imports/preview',
        summary: 'Preview an import',
        description:
          'Shows what an import would create, what would come over differently, and what would not. Changes nothing.',
      },
    })
    .input(previewImportInput)
    .output(importPreviewOutput)
    .mutation(({ input }) => service.previewImport(input)),

  import: memberProcedure('pages:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/page-imports',
        summary: 'Import a page from a file',
        description:
          'Creates a draft with the given `handle`, or replaces the content of the page `pageId` and moves its blocks into the trash. Pictures in the file itself are uploaded; the server makes no network requests.',
        errors: ['NOT_FOUND', 'HANDLE_TAKEN', 'LIMIT_REACHED'],
      },
    })
    .input(importPageInput)
    // Takes a while and writes to the store, so it precedes the transaction.
    .use(async ({ ctx, input, next }) => next({ ctx: { source: await service.prepareImport(ctx, input) } }))
    .concat(idempotent)
    .output(importResultOutput)
    .mutation(({ ctx, input }) => service.importPage(ctx, { ...input, source: ctx.source })),
} satisfies TRPCRouterRecord;
