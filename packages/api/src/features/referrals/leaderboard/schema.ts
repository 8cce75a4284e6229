import { z } from 'zod';
import { paginationInput } from '../../../core/http/pagination.ts';

const rank = z.number().int().describe('Referrers with the same count share a rank');

const leaderboardPeriod = z.enum(['all', 'month', 'week']);
export type LeaderboardPeriod = z.infer<typeof leaderboardPeriod>;

export const leaderboardInput = z
  .strictObject({
    period: leaderboardPeriod
      .default('all')
      .describe('`month` and `week` are the current ones in UTC; weeks start on Monday'),
    limit: paginationInput.limit,
  })
  .prefault({});

export const leaderboardOutput = z
  .object({
    items: z.array(
      z
        .object({
          rank,
          username: z.string(),
          displayName: z.string().nullable(),
          avatarUrl: z.string().nullable(),
          successful: z.number().int(),
        })
        .meta({ id: 'LeaderboardEntry' }),
    ),
    nextCursor: z.null(),
    me: z
      .object({ rank, successful: z.number().int() })
      .nullable()
      .describe('Your own place; null unless you are signed in, opted in and have a successful referral'),
  })
  .meta({ id: 'Leaderboard' });
export type Leaderboard = z.infer<typeof leaderboardOutput>;
