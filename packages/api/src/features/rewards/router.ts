import type { TRPCRouterRecord } from '@trpc/server';
import { authedProcedure } from '../../trpc/init.ts';
import { listRewardsInput, rewardsOutput } from './schema.ts';
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
    .input(listRewardsInput)
    .output(rewardsOutput)
    .query(({ ctx, input }) => service.listRewards(ctx, input)),
} satisfies TRPCRouterRecord;
