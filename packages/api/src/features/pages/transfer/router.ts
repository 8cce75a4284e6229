import type { TRPCRouterRecord } from '@trpc/server';
import { authedProcedure } from '../../../trpc/init.ts';
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
  export: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/pages/{id}/export',
        summary: 'A page as a file',
        description: 'With all that can be set; an import makes the same page of it.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(pageIdInput)
    .output(pageFile)
    .query(({ ctx, input }) => service.exportPage(ctx, input)),

  previewImport: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/page-imports/preview',
        summary: 'What an import would make of a file',
      },
    })
    .input(previewImportInput)
    .output(importPreviewOutput)
    .mutation(({ input }) => service.previewImport(input)),

  import: authedProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/page-imports',
        summary: 'Make a page of a file',
        description:
          'A new draft under a `handle`, or new content for the page `pageId`, whose blocks go into the trash. Nothing is fetched from the network.',
        errors: ['NOT_FOUND', 'HANDLE_TAKEN', 'LIMIT_REACHED'],
      },
    })
    .input(importPageInput)
    .output(importResultOutput)
    .mutation(({ ctx, input }) => service.importPage(ctx, input)),
} satisfies TRPCRouterRecord;
