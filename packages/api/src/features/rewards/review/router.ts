import type { TRPCRouterRecord } from '@trpc/server';
import { adminProcedure } from '../../../trpc/init.ts';
import {
  decideRewardInput,
  listReviewedRewardsInput,
  reviewedRewardOutput,
  reviewedRewardListOutput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Administration'] };

export const rewardReviewRouter = {
  list: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/rewards',
        summary: 'List rewards of reversed referrals, oldest first',
        description: 'Rewards whose credits were already spent when their referral was reversed.',
      },
    })
    .input(listReviewedRewardsInput)
    .output(reviewedRewardListOutput)
    .query(({ ctx, input }) => service.listReviewedRewards(ctx, input)),

  reverse: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/rewards/{id}/reverse',
        summary: 'Reverse a reward in review',
        description: 'Possible once the user has enough credits again.',
        errors: ['NOT_FOUND', 'CONFLICT', 'INSUFFICIENT_CREDITS'],
      },
    })
    .input(decideRewardInput)
    .output(reviewedRewardOutput)
    .mutation(({ ctx, input }) => service.reverseReviewedReward(ctx, input)),

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
