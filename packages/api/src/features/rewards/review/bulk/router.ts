import type { TRPCRouterRecord } from '@trpc/server';
import { adminProcedure } from '../../../../trpc/init.ts';
import { decidedRewardsOutput, decideRewardsInput } from './schema.ts';
import * as service from './service.ts';

export const rewardBulkRouter = {
  decide: adminProcedure
    .meta({
      openapi: {
        tags: ['Administration'],
        method: 'POST',
        path: '/api/admin/rewards/decide',
        summary: 'Decide several rewards in review',
        description:
          'Each by itself, as the call for one does: those that cannot be decided are reported and keep none of the others back.',
      },
    })
    .input(decideRewardsInput)
    .output(decidedRewardsOutput)
    .mutation(({ ctx, input }) => service.decideRewards(ctx, input)),
} satisfies TRPCRouterRecord;
