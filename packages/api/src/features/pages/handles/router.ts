import type { TRPCRouterRecord } from '@trpc/server';
import { publicProcedure } from '../../../trpc/init.ts';
import { limitCalls } from '../../../trpc/limit.ts';
import { handleAvailabilityOutput, checkHandleInput } from './schema.ts';
import * as service from './service.ts';

export const handlesRouter = {
  check: publicProcedure
    .meta({
      openapi: {
        tags: ['Pages'],
        method: 'GET',
        path: '/api/handles/{handle}',
        summary: 'Check whether a handle is available',
        description: 'Gives the reason if it is not. A handle held for the caller counts as available.',
        errors: ['RATE_LIMITED'],
      },
    })
    .input(checkHandleInput)
    .output(handleAvailabilityOutput)
    .use(limitCalls('handles'))
    .query(({ ctx, input }) => service.checkHandle(ctx, input)),
} satisfies TRPCRouterRecord;
