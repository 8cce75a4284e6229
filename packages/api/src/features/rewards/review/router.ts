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
        summary: 'Rewards of reversed referrals, the oldest first',
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
        summary: 'Take back what a reward gave',
        description: 'For one in `review`, once the user has as many credits again.',
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
        summary: 'Let a user keep what a reward gave',
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
    })
    .input(decideRewardInput)
    .output(reviewedRewardOutput)
    .mutation(({ ctx, input }) => service.waiveReward(ctx, input)),
} satisfies TRPCRouterRecord;
