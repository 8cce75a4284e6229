import type { TRPCRouterRecord } from '@trpc/server';
import { EXPORT_STREAM } from '../../../core/http/export-parts.ts';
import { adminProcedure } from '../../../trpc/init.ts';
import {
  decideReferralInput,
  listReviewedReferralsInput,
  reviewedReferralOutput,
  reviewedReferralListOutput,
  reverseReferralInput,
} from './schema.ts';
import { allReferralsExportOutput, exportAllReferralsInput } from '../exports/schema.ts';
import { exportAllReferrals } from '../exports/service.ts';
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
        summary: 'List referrals in review, or with another status',
        description:
          'Oldest first, or as `sort` says. Lists the referrals that wait for a decision, unless you ask for another `status`.',
      },
    })
    .input(listReviewedReferralsInput)
    .output(reviewedReferralListOutput)
    .query(({ ctx, input }) => service.listReviewedReferrals(ctx, input)),

  /** A plugin of the server streams it over REST. */
  export: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/referrals/export',
        summary: 'Export the referrals of all referrers',
        description: `The same filters as the list; newest first. ${EXPORT_STREAM}`,
      },
    })
    .input(exportAllReferralsInput)
    .output(allReferralsExportOutput)
    .query(({ ctx, input }) => exportAllReferrals(ctx, input)),

  approve: adminProcedure
    .meta({
      openapi: {
        ...decision,
        path: '/api/admin/referrals/{id}/approve',
        summary: 'Approve a referral in review',
        description: 'It becomes pending, and successful at once if it already meets its terms.',
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
        summary: 'Reject a pending referral or one in review',
        description: 'It never earns a reward. Cannot be undone.',
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
        summary: 'Reject a successful referral and take its rewards back',
        description:
          'A reward whose credits are already spent goes to review instead, and holds later credits. So does a milestone that is no longer reached. The users are told by mail.',
      },
    })
    .input(reverseReferralInput)
    .output(reviewedReferralOutput)
    .mutation(({ ctx, input }) => service.reverseReferral(ctx, input)),

  restore: adminProcedure
    .meta({
      openapi: {
        ...decision,
        path: '/api/admin/referrals/{id}/restore',
        summary: 'Undo the reversal of a referral',
        description:
          'It is successful again as of its first success, and its rewards and milestones are given back, also over a cap or the `maxUses` of its link: the reversal was the mistake.',
      },
    })
    .input(decideReferralInput)
    .output(reviewedReferralOutput)
    .mutation(({ ctx, input }) => service.restoreReferral(ctx, input)),
} satisfies TRPCRouterRecord;
