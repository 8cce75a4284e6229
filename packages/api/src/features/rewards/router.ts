import type { TRPCRouterRecord } from '@trpc/server';
import { EXPORT_STREAM } from '../../core/http/export-parts.ts';
import { idempotent } from '../../trpc/idempotency.ts';
import { scopedProcedure } from '../../trpc/init.ts';
import { redeemInput, redemptionOutput, listRewardsInput, rewardsOutput } from './schema.ts';
import { redeemCredits } from './redemption/service.ts';
import { exportLedgerInput, ledgerExportOutput } from './exports/schema.ts';
import { exportLedger } from './exports/service.ts';
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
          'Newest first: ledger entries, whose sum is `balance`, and pending rewards, whose sum is `pending`; with `reason` only some of them. `catalogue` has what credits can be spent on.',
      },
    })
    .input(listRewardsInput)
    .output(rewardsOutput)
    .query(({ ctx, input }) => service.listRewards(ctx, input)),
  /** A plugin of the server streams it over REST. */
  export: scopedProcedure('rewards:read')
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/rewards/export',
        tags: ['Rewards'],
        summary: 'Export your ledger entries',
        description: `The same filter as the list; newest first. The sum of all amounts is your balance. ${EXPORT_STREAM}`,
      },
    })
    .input(exportLedgerInput)
    .output(ledgerExportOutput)
    .query(({ ctx, input }) => exportLedger(ctx, input)),
  redeem: scopedProcedure('rewards:write')
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/rewards/redeem',
        tags: ['Rewards'],
        summary: 'Spend credits',
        description: 'An `Idempotency-Key` is remembered with the redemption, so it never spends twice.',
        errors: ['INSUFFICIENT_CREDITS', 'LIMIT_REACHED'],
      },
    })
    .input(redeemInput)
    .concat(idempotent)
    .output(redemptionOutput)
    .mutation(({ ctx, input }) => redeemCredits(ctx, input)),
} satisfies TRPCRouterRecord;
