import { z } from 'zod';

export const leaderboardPeriod = z.enum(['all', 'month', 'week']);
export type Period = z.infer<typeof leaderboardPeriod>;

export const leaderboardInput = z.strictObject({
  period: leaderboardPeriod
    .default('all')
    .describe('`month` and `week` (from Monday) are the current ones, in UTC'),
});

export const leaderboardOutput = z.object({
  items: z.array(
    z.object({
      rank: z.number().int().describe('The same for the same number'),
      username: z.string(),
      displayName: z.string().nullable(),
      avatarUrl: z.string().nullable(),
      successful: z.number().int(),
    }),
  ),
  nextCursor: z.null(),
});
export type Leaderboard = z.infer<typeof leaderboardOutput>;
