import type { TRPCRouterRecord } from '@trpc/server';
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
        description:
          'Ledger entries are newest first; their sum is `balance`. `catalogue` has what credits can be spent on.',
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
        description:
          'Send an `Idempotency-Key` header to make retries safe: they spend nothing and get the first answer.',
        errors: ['INSUFFICIENT_CREDITS', 'CONFLICT'],
      },
    })
    .input(redeemInput)
    .output(redemptionOutput)
    .mutation(({ ctx, input }) => redeemCredits(ctx, input)),
} satisfies TRPCRouterRecord;
