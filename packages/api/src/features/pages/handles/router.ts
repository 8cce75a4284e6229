import type { TRPCRouterRecord } from '@trpc/server';
import { publicProcedure } from '../../../trpc/init.ts';
import { limited } from '../../../trpc/limit.ts';
import { availability, checkInput } from './schema.ts';
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
    .input(checkInput)
    .output(availability)
    .use(limited('handles'))
    .query(({ ctx, input }) => service.check(ctx, input)),
} satisfies TRPCRouterRecord;
