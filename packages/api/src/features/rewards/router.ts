import type { TRPCRouterRecord } from '@trpc/server';
import { idempotent } from '../../trpc/idempotency.ts';
import { authedProcedure } from '../../trpc/init.ts';
import { redeemInput, redemptionOutput, listRewardsInput, rewardsOutput } from './schema.ts';
import { redeemCredits } from './redemption/service.ts';
import * as service from './service.ts';

export const rewardsRouter = {
  list: authedProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/rewards',
        tags: ['Rewards'],
        summary: 'List your credits and ledger entries',
      },
    })
    .input(listRewardsInput)
    .output(rewardsOutput)
    .query(({ ctx, input }) => service.listRewards(ctx, input)),
  redeem: authedProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/rewards/redeem',
        tags: ['Rewards'],
        summary: 'Spend credits',
        description: 'An `Idempotency-Key` is remembered with the redemption, so it never spends twice.',
        errors: ['INSUFFICIENT_CREDITS'],
      },
    })
    .input(redeemInput)
    .concat(idempotent)
    .output(redemptionOutput)
    .mutation(({ ctx, input }) => redeemCredits(ctx, input)),
} satisfies TRPCRouterRecord;
