import type { TRPCRouterRecord } from '@trpc/server';
import { acceptedOutput } from '../../../core/text/validation.ts';
import { checkCaptcha } from '../../../trpc/captcha.ts';
import { adminProcedure, publicProcedure } from '../../../trpc/init.ts';
import {
  createReportInput,
  listReportsInput,
  reportListOutput,
  reportOutput,
  resolveReportInput,
} from './schema.ts';
import * as service from './service.ts';

export const reportsRouter = {
  create: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/public/reports',
        tags: ['Public pages'],
        summary: 'Report a page to the administrators',
        description:
          'The answer is the same whether or not the page exists. A repeated report is counted with the first one. `/@handle/report` is a form for it.',
        success: 202,
      },
    })
    .input(createReportInput)
    .use(checkCaptcha)
    .output(acceptedOutput)
    .mutation(({ ctx, input }) => service.createReport(ctx, input)),
} satisfies TRPCRouterRecord;

export const reportQueueRouter = {
  listReports: adminProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/admin/reports',
        tags: ['Administration'],
        summary: 'List reports of pages',
        description: 'The newest first; those that are open unless `status` says otherwise.',
      },
    })
    .input(listReportsInput)
    .output(reportListOutput)
    .query(({ ctx, input }) => service.listReports(ctx, input)),

  resolveReport: adminProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/admin/reports/{id}/resolve',
        tags: ['Administration'],
        summary: 'Resolve a report',
        description:
          'Only records the decision. Taking a page down resolves its open reports too, so this is for everything else.',
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(resolveReportInput)
    .output(reportOutput)
    .mutation(({ ctx, input }) => service.resolveReport(ctx, input)),
} satisfies TRPCRouterRecord;
