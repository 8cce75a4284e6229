import type { TRPCRouterRecord } from '@trpc/server';
import { idempotent } from '../../trpc/idempotency.ts';
import { scopedProcedure } from '../../trpc/init.ts';
import { redeemInput, redemptionOutput, listRewardsInput, rewardsOutput } from './schema.ts';
import { redeemCredits } from './redemption/service.ts';
import * as service from './service.ts';

export const rewardsRouter = {
  list: scopedProcedure('rewards:read')
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/rewards',
        tags: ['Rewards'],
        summary: 'List your credits and ledger entries',
        description:
          'Ledger entries are newest first; their sum is `balance`. `catalogue` has what credits can be spent on.',
      },
    })
    .input(listRewardsInput)
    .output(rewardsOutput)
    .query(({ ctx, input }) => service.listRewards(ctx, input)),
  redeem: scopedProcedure('rewards:write')
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
