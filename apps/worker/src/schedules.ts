import {
  type App,
  deleteHandledMessages,
  deleteOldAttempts,
  deleteOldSessions,
  deleteOldTokens,
  deleteSpentBlocks,
  emptyTrash,
  refreshLeaderboard,
  releaseOverdueMessages,
  rollUpDeltas,
} from '@linkgrove/api/jobs';
import type { JobQueue } from './queues.ts';

const MINUTE = 60_000;

type Upkeep = { everyMs: number; run: (app: App) => Promise<unknown> };

/** What runs by the clock, on whichever worker takes it. */
export const UPKEEP: Record<string, Upkeep> = {
  'referrals.roll-up': { everyMs: 2_000, run: rollUpDeltas },
  'referrals.leaderboard': { everyMs: 5_000, run: refreshLeaderboard },
  'outbox.release-overdue': { everyMs: MINUTE, run: releaseOverdueMessages },
  'outbox.delete-handled': { everyMs: 60 * MINUTE, run: deleteHandledMessages },
  'sessions.delete-old': { everyMs: 60 * MINUTE, run: deleteOldSessions },
  'email-tokens.delete-old': { everyMs: 60 * MINUTE, run: deleteOldTokens },
  'pages.empty-trash': { everyMs: 60 * MINUTE, run: emptyTrash },
  'blocks.empty-trash': { everyMs: 60 * MINUTE, run: deleteSpentBlocks },
  'throttle.delete-old': { everyMs: 60 * MINUTE, run: deleteOldAttempts },
};

/** Makes the schedules; those of an earlier version that are gone from the list are removed. */
export async function schedule(queue: JobQueue): Promise<void> {
  for (const { key } of await queue.getJobSchedulers()) {
    if (!(key in UPKEEP)) await queue.removeJobScheduler(key);
  }
  for (const [name, { everyMs }] of Object.entries(UPKEEP)) {
    const opts = { attempts: 1, removeOnComplete: true, removeOnFail: { count: 100 } };
    await queue.upsertJobScheduler(name, { every: everyMs }, { name, data: {}, opts });
  }
}
