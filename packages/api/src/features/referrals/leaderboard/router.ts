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
        summary: 'Show the referral leaderboard',
        description:
          'Only users who opted in with `PATCH /api/me {"leaderboard": true}`. Updated every few seconds. Needs no session; with one, `me` is your own place.',
      },
    })
    .input(leaderboardInput)
    .output(leaderboardOutput)
    .query(({ ctx, input }) => service.getLeaderboard(ctx, input)),
} satisfies TRPCRouterRecord;
