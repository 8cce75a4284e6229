import {
  type App,
  deleteHandledMessages,
  deleteOldAttempts,
  deleteOldDevices,
  deleteOldSessions,
  deleteOldTokens,
  forgetNetworks,
  forgetVisitors,
  qualifyDue,
  reconcile,
  refreshLeaderboard,
  releaseOverdueMessages,
  rollUpDeltas,
  sendNotices,
  settleCredits,
} from '@linkgrove/api/jobs';
import type { JobQueue } from './queues.ts';

const MINUTE = 60_000;

type Upkeep = { everyMs: number; run: (app: App) => Promise<unknown> };

/** What runs by the clock, on whichever worker takes it. */
export const UPKEEP: Record<string, Upkeep> = {
  'referrals.roll-up': { everyMs: 2_000, run: rollUpDeltas },
  'referrals.qualify-due': { everyMs: 5_000, run: qualifyDue },
  'referrals.notices': { everyMs: 5_000, run: sendNotices },
  'credits.settle': { everyMs: 2_000, run: settleCredits },
  'referrals.leaderboard': { everyMs: 5_000, run: refreshLeaderboard },
  'referrals.reconcile': { everyMs: 24 * 60 * MINUTE, run: reconcile },
  'outbox.release-overdue': { everyMs: MINUTE, run: releaseOverdueMessages },
  'outbox.delete-handled': { everyMs: 60 * MINUTE, run: deleteHandledMessages },
  'sessions.delete-old': { everyMs: 60 * MINUTE, run: deleteOldSessions },
  'email-tokens.delete-old': { everyMs: 60 * MINUTE, run: deleteOldTokens },
  'devices.delete-old': { everyMs: 60 * MINUTE, run: deleteOldDevices },
  'referrals.forget-networks': { everyMs: 60 * MINUTE, run: forgetNetworks },
  'referrals.forget-visitors': { everyMs: 10 * MINUTE, run: forgetVisitors },
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
