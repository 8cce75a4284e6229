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
        summary: 'Whether a handle can be had',
        description: 'With the reason, if it cannot. Whoever had a handle before can have it again.',
      },
    })
    .input(checkHandleInput)
    .output(handleAvailabilityOutput)
    .use(limitCalls('handles'))
    .query(({ ctx, input }) => service.checkHandle(ctx, input)),
} satisfies TRPCRouterRecord;
