import type { TRPCRouterRecord } from '@trpc/server';
import { adminProcedure } from '../../../../trpc/init.ts';
import { decidedReferralsOutput, decideReferralsInput } from './schema.ts';
import * as service from './service.ts';

export const referralBulkRouter = {
  decide: adminProcedure
    .meta({
      openapi: {
        tags: ['Administration'],
        method: 'POST',
        path: '/api/admin/referrals/decide',
        summary: 'Decide several referrals',
        description:
          'Each by itself, as the call for one does: those that cannot be decided are reported and keep none of the others back.',
      },
    })
    .input(decideReferralsInput)
    .output(decidedReferralsOutput)
    .mutation(({ ctx, input }) => service.decideReferrals(ctx, input)),
} satisfies TRPCRouterRecord;
