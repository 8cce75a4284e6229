import type { TRPCRouterRecord } from '@trpc/server';
import { adminProcedure } from '../../../trpc/init.ts';
import { decideInput, listInput, reviewedReferral, reviewPage } from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Administration'], protect: true };
const decision = {
  ...openapi,
  method: 'POST' as const,
  errors: ['FORBIDDEN' as const, 'NOT_FOUND' as const, 'CONFLICT' as const],
};

export const referralReviewRouter = {
  list: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/referrals',
        summary: 'Referrals that wait for review, or are in another state',
        errors: ['FORBIDDEN'],
      },
    })
    .input(listInput)
    .output(reviewPage)
    .query(({ ctx, input }) => service.list(ctx, input)),

  approve: adminProcedure
    .meta({
      openapi: {
        ...decision,
        path: '/api/admin/referrals/{id}/approve',
        summary: 'Clear a referral of suspicion',
        description: 'It becomes successful as soon as it meets its terms, which may be at once.',
      },
    })
    .input(decideInput)
    .output(reviewedReferral)
    .mutation(({ ctx, input }) => service.approve(ctx, input)),

  reject: adminProcedure
    .meta({
      openapi: {
        ...decision,
        path: '/api/admin/referrals/{id}/reject',
        summary: 'Reject a referral before it is rewarded',
      },
    })
    .input(decideInput)
    .output(reviewedReferral)
    .mutation(({ ctx, input }) => service.reject(ctx, input)),

  reverse: adminProcedure
    .meta({
      openapi: {
        ...decision,
        path: '/api/admin/referrals/{id}/reverse',
        summary: 'Reject a successful referral and take back what it gave',
        description: 'Credits that were spent already are not taken: their reward is put up for review.',
      },
    })
    .input(decideInput)
    .output(reviewedReferral)
    .mutation(({ ctx, input }) => service.reverse(ctx, input)),
} satisfies TRPCRouterRecord;
