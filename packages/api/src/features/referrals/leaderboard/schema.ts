import { z } from 'zod';

const leaderboardPeriod = z.enum(['all', 'month', 'week']);
export type LeaderboardPeriod = z.infer<typeof leaderboardPeriod>;

export const leaderboardInput = z
  .strictObject({
    period: leaderboardPeriod
      .default('all')
      .describe('`month` and `week` are the current ones in UTC; weeks start on Monday'),
  })
  .prefault({});

export const leaderboardOutput = z.object({
  items: z.array(
    z.object({
      rank: z.number().int().describe('Referrers with the same count share a rank'),
      username: z.string(),
      displayName: z.string().nullable(),
      avatarUrl: z.string().nullable(),
      successful: z.number().int(),
    }),
  ),
  nextCursor: z.null(),
});
export type Leaderboard = z.infer<typeof leaderboardOutput>;
