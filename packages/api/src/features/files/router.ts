import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { idempotent } from '../../trpc/idempotency.ts';
import { memberProcedure } from '../../trpc/init.ts';
import { limitAccountCalls } from '../../trpc/limit.ts';
import {
  fileIdInput,
  fileListOutput,
  fileOutput,
  listFilesInput,
  updateFileInput,
  uploadFileInput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Files'] };

export const filesRouter = {
  list: memberProcedure('pages:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/files',
        summary: 'List files',
        description: 'Of one workspace, or of all workspaces that you are in; oldest first.',
      },
    })
    .input(listFilesInput)
    .output(fileListOutput)
    .query(({ ctx, input }) => service.listFiles(ctx, input)),

  upload: memberProcedure('files:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/files',
        summary: 'Upload a file',
        description:
          'Send a form. Pictures (JPEG, PNG, WebP, AVIF, GIF) are encoded anew in three widths as WebP and AVIF, animations as WebP only; where and with what they were taken is left out. PDF, audio and short videos stay as they are.',
        multipart: true,
        success: 201,
        errors: [
          'PAYLOAD_TOO_LARGE',
          'UNSUPPORTED_MEDIA_TYPE',
          'LIMIT_REACHED',
          'RATE_LIMITED',
          'UNAVAILABLE',
        ],
      },
    })
    .use(limitAccountCalls('uploadsAccount'))
    .input(uploadFileInput)
    // Takes seconds and writes to the store, so it precedes the transaction.
    .use(async ({ ctx, input, next }) => next({ ctx: { stored: await service.storeUpload(ctx, input) } }))
    .concat(idempotent)
    .output(fileOutput)
    .mutation(({ ctx, input }) => service.createFile(ctx, { ...input, stored: ctx.stored })),

  get: memberProcedure('pages:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/files/{id}',
        summary: 'Get a file',
        description: 'What is known about it, and where it is.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(fileIdInput)
    .output(fileOutput)
    .query(({ ctx, input }) => service.getFile(ctx, input)),

  update: memberProcedure('files:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'PATCH',
        path: '/api/files/{id}',
        summary: 'Change the description of a file',
        description: 'The content of a file never changes; upload another one instead.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(updateFileInput)
    .output(fileOutput)
    .mutation(({ ctx, input }) => service.updateFile(ctx, input)),

  delete: memberProcedure('files:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'DELETE',
        path: '/api/files/{id}',
        summary: 'Delete a file',
        description: 'Refused while a page uses it. Its content is gone from the store within 70 minutes.',
        success: 204,
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(fileIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.deleteFile(ctx, input)),
} satisfies TRPCRouterRecord;
