import type { TRPCRouterRecord } from '@trpc/server';
import { publicProcedure } from '../../../trpc/init.ts';
import { leaderboardOutput, leaderboardInput } from './schema.ts';
import * as service from './service.ts';

export const leaderboardRouter = {
  leaderboard: publicProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/referral-leaderboard',
        tags: ['Referrals'],
        summary: 'Who brings the most people',
        description:
          'Only those who asked to be on it: `PATCH /api/me {"leaderboard": true}`. Worked out every few seconds.',
      },
    })
    .input(leaderboardInput)
    .output(leaderboardOutput)
    .query(({ ctx, input }) => service.getLeaderboard(ctx, input)),
} satisfies TRPCRouterRecord;
