import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { memberProcedure, publicProcedure } from '../../trpc/init.ts';
import {
  exportSubmissionsInput,
  listSubmissionsInput,
  submissionIdInput,
  submissionListOutput,
  submissionPart,
  submitFormInput,
  submitFormOutput,
} from './schema.ts';
import * as service from './service.ts';

export const publicFormsRouter = {
  submit: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/public/forms/{id}',
        tags: ['Public pages'],
        summary: 'Submit a form of a page',
        description:
          'For frontends that show pages themselves. The answer is the same for an address that submitted before.',
        success: 202,
        errors: ['NOT_FOUND', 'TAKEN_DOWN', 'PAGE_LOCKED'],
      },
    })
    .input(submitFormInput)
    .output(submitFormOutput)
    .mutation(({ ctx, input }) => service.acceptSubmission(ctx, input)),
} satisfies TRPCRouterRecord;

export const formsRouter = {
  submissions: memberProcedure('forms:read')
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/pages/{id}/submissions',
        tags: ['Pages'],
        summary: 'List what visitors entered into the forms of a page',
        description:
          'The newest first. Unconfirmed ones are deleted after 7 days, all others after two years.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(listSubmissionsInput)
    .output(submissionListOutput)
    .query(({ ctx, input }) => service.listSubmissions(ctx, input)),

  delete: memberProcedure('forms:write')
    .meta({
      openapi: {
        method: 'DELETE',
        path: '/api/pages/{id}/submissions/{submissionId}',
        tags: ['Pages'],
        summary: 'Delete what a visitor entered',
        description: 'With its webhook events. Deletes it at once and for ever.',
        success: 204,
        errors: ['NOT_FOUND'],
      },
    })
    .input(submissionIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.deleteSubmission(ctx, input)),

  export: memberProcedure('forms:read')
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/pages/{id}/submissions/export',
        tags: ['Pages'],
        summary: 'Export what visitors entered into the forms of a page',
        description: 'CSV by default. Over REST the answer is streamed whole; over tRPC it comes in parts.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(exportSubmissionsInput)
    .output(submissionPart)
    .query(({ ctx, input }) => service.exportSubmissions(ctx, input)),
} satisfies TRPCRouterRecord;
