import type { TRPCRouterRecord } from '@trpc/server';
import { EXPORT_STREAM } from '../../../core/http/export-parts.ts';
import { adminProcedure } from '../../../trpc/init.ts';
import {
  decideRewardInput,
  listReviewedRewardsInput,
  reviewedRewardOutput,
  reviewedRewardListOutput,
} from './schema.ts';
import {
  exportRewardsInput,
  exportWholeLedgerInput,
  rewardExportOutput,
  wholeLedgerExportOutput,
} from '../exports/schema.ts';
import { exportRewards, exportWholeLedger } from '../exports/service.ts';
import * as service from './service.ts';

const openapi = { tags: ['Administration'] };

export const rewardReviewRouter = {
  list: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/rewards',
        summary: 'List rewards',
        description:
          'Oldest first, or as `sort` says. Those in review, whose credits were already spent when their referral was reversed, unless you ask for another `state`.',
      },
    })
    .input(listReviewedRewardsInput)
    .output(reviewedRewardListOutput)
    .query(({ ctx, input }) => service.listReviewedRewards(ctx, input)),

  /** A plugin of the server streams it over REST, like the ledger. */
  export: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/rewards/export',
        summary: 'Export rewards',
        description: `The same filters as the list; newest first. ${EXPORT_STREAM}`,
      },
    })
    .input(exportRewardsInput)
    .output(rewardExportOutput)
    .query(({ ctx, input }) => exportRewards(ctx, input)),

  exportLedger: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/ledger/export',
        summary: 'Export the ledger entries of all users, or of one',
        description: `Newest first; the sum of a user's amounts is the balance. ${EXPORT_STREAM}`,
      },
    })
    .input(exportWholeLedgerInput)
    .output(wholeLedgerExportOutput)
    .query(({ ctx, input }) => exportWholeLedger(ctx, input)),

  reverse: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/rewards/{id}/reverse',
        summary: 'Reverse a reward in review, or a milestone',
        description:
          'A reward in review needs enough credits of the user. A milestone whose credits are spent goes to review. It is not granted again.',
        errors: ['NOT_FOUND', 'CONFLICT', 'INSUFFICIENT_CREDITS'],
      },
    })
    .input(decideRewardInput)
    .output(reviewedRewardOutput)
    .mutation(({ ctx, input }) => service.reverseReviewedReward(ctx, input)),

  restore: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/rewards/{id}/restore',
        summary: 'Give a milestone back that was reversed or waived by an administrator',
        description: 'The rewards of a referral come back when its reversal is undone.',
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(decideRewardInput)
    .output(reviewedRewardOutput)
    .mutation(({ ctx, input }) => service.restoreMilestone(ctx, input)),

  waive: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/rewards/{id}/waive',
        summary: 'Let a user keep a reward in review',
        description: 'The credits stay with the user.',
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(decideRewardInput)
    .output(reviewedRewardOutput)
    .mutation(({ ctx, input }) => service.waiveReward(ctx, input)),
} satisfies TRPCRouterRecord;
