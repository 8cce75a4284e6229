import type { TRPCRouterRecord } from '@trpc/server';
import { adminProcedure } from '../../../trpc/init.ts';
import {
  decideReferralInput,
  listReviewedReferralsInput,
  reviewedReferralOutput,
  reviewedReferralListOutput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Administration'] };
const decision = {
  ...openapi,
  method: 'POST' as const,
  errors: ['NOT_FOUND' as const, 'CONFLICT' as const],
};

export const referralReviewRouter = {
  list: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/referrals',
        summary: 'Referrals that wait for review, or are in another state',
      },
    })
    .input(listReviewedReferralsInput)
    .output(reviewedReferralListOutput)
    .query(({ ctx, input }) => service.listReviewedReferrals(ctx, input)),

  approve: adminProcedure
    .meta({
      openapi: {
        ...decision,
        path: '/api/admin/referrals/{id}/approve',
        summary: 'Clear a referral of suspicion',
        description: 'It becomes successful as soon as it meets its terms, which may be at once.',
      },
    })
    .input(decideReferralInput)
    .output(reviewedReferralOutput)
    .mutation(({ ctx, input }) => service.approveReferral(ctx, input)),

  reject: adminProcedure
    .meta({
      openapi: {
        ...decision,
        path: '/api/admin/referrals/{id}/reject',
        summary: 'Reject a referral before it is rewarded',
      },
    })
    .input(decideReferralInput)
    .output(reviewedReferralOutput)
    .mutation(({ ctx, input }) => service.rejectReferral(ctx, input)),

  reverse: adminProcedure
    .meta({
      openapi: {
        ...decision,
        path: '/api/admin/referrals/{id}/reverse',
        summary: 'Reject a successful referral and take back what it gave',
        description: 'Credits that were spent already are not taken: their reward is put up for review.',
      },
    })
    .input(decideReferralInput)
    .output(reviewedReferralOutput)
    .mutation(({ ctx, input }) => service.reverseReferral(ctx, input)),
} satisfies TRPCRouterRecord;
