import type { TRPCRouterRecord } from '@trpc/server';
import { adminProcedure } from '../../../trpc/init.ts';
import { programmeTotalsInput, programmeTotalsOutput } from './schema.ts';
import * as service from './service.ts';

export const referralTotalsRouter = {
  totals: adminProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/admin/referral-totals',
        tags: ['Administration'],
        summary: 'Show what the referral programme brought and cost',
        description:
          'Sign-ups, successes and credits of all referrers, by campaign and version. Counted from the rows, so it takes seconds with millions of referrals.',
      },
    })
    .input(programmeTotalsInput)
    .output(programmeTotalsOutput)
    .query(({ ctx }) => service.getProgrammeTotals(ctx)),
} satisfies TRPCRouterRecord;
