import { z } from 'zod';
import { paginationInput } from '../../../core/http/pagination.ts';

const rank = z.number().int().describe('Referrers with the same count share a rank');

const leaderboardPeriod = z
  .union([z.enum(['all', 'month', 'week']), z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/)], {
    error: 'Must be one of all, month, week, or a month such as 2026-10',
  })
  .meta({ example: 'month' });

export const leaderboardInput = z
  .strictObject({
    period: leaderboardPeriod
      .default('all')
      .describe(
        "`month` and `week` are the current ones in the campaign's time zone; weeks start on Monday. A month such as `2026-10` is a past board, final a month after its end",
      ),
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
