import type { TRPCRouterRecord } from '@trpc/server';
import { publicProcedure } from '../../trpc/init.ts';
import { publicPageInput, publicPageOutput } from './schema.ts';
import * as service from './service.ts';

export const publicPagesRouter = {
  get: publicProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/public/pages/{handle}',
        tags: ['Public pages'],
        summary: 'Get a published page as visitors see it',
        description:
          'Supports `ETag` and `If-None-Match`. A replaced handle redirects to the page with 301 over REST, and returns the page directly over tRPC.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(publicPageInput)
    .output(publicPageOutput)
    .query(({ ctx, input }) => service.getPublicPage(ctx, input)),
} satisfies TRPCRouterRecord;
