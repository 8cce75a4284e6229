import type { TRPCRouterRecord } from '@trpc/server';
import { authedProcedure } from '../../trpc/init.ts';
import { redeemInput, redemptionOutput } from './schema.ts';
import * as service from './service.ts';

export const redemptionsRouter = {
  redeem: authedProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/rewards/redeem',
        tags: ['Rewards'],
        summary: 'Spend credits',
        description:
          'Send an `Idempotency-Key` header to make it safe to repeat: the answer is then the first one.',
        protect: true,
        errors: ['INSUFFICIENT_CREDITS', 'CONFLICT'],
      },
    })
    .input(redeemInput)
    .output(redemptionOutput)
    .mutation(({ ctx, input }) => service.redeemCredits(ctx, input)),
} satisfies TRPCRouterRecord;
