import type { TRPCRouterRecord } from '@trpc/server';
import { authedProcedure } from '../../trpc/init.ts';
import { listInput, rewardsPage } from './schema.ts';
import * as service from './service.ts';

export const rewardsRouter = {
  list: authedProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/rewards',
        tags: ['Rewards'],
        summary: 'Your credits, and what they came from and went to',
        protect: true,
      },
    })
    .input(listInput)
    .output(rewardsPage)
    .query(({ ctx, input }) => service.list(ctx, input)),
} satisfies TRPCRouterRecord;
