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
        summary: 'A published page, as visitors see it',
        description:
          'With `ETag`, and 304 for `If-None-Match`. A handle from before leads to the page: over REST by a 301, over tRPC at once.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(publicPageInput)
    .output(publicPageOutput)
    .query(({ ctx, input }) => service.getPublicPage(ctx, input)),
} satisfies TRPCRouterRecord;
