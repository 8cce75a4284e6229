import {
  type App,
  checkOverdueMessages,
  deleteHandledMessages,
  deleteOldSignInAttempts,
  deleteOldDevices,
  deleteOldSessions,
  deleteOldEmailTokens,
  deleteTrashedBlocks,
  deleteTrashedPages,
  type MessageFate,
  deleteOldNetworks,
  deleteVisitors,
  qualifyDueReferrals,
  reconcileCounts,
  refreshLeaderboard,
  rollUpDeltas,
  sendReferralDigests,
  settleCredits,
} from '@linkgrove/api/jobs';
import type { QueueJob, JobQueue, QueueName, Queues } from '@linkgrove/queues';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** `every` in milliseconds, or `pattern` as in crontab, in UTC. */
type Repeat = { every: number } | { pattern: string };
type Upkeep = { repeat: Repeat; run: (app: App, queues: Queues) => Promise<unknown> };

/** What a queue says of a message that it was given; a job that ended without its message having is none. */
async function fateOf(queue: JobQueue, id: string): Promise<MessageFate> {
  const job = await queue.getJob(id);
  const state = await job?.getState();
  if (state === 'failed') return { state, reason: job?.failedReason ?? '' };
  if (state !== 'completed' && state !== 'unknown' && state !== undefined) return { state: 'kept' };
  await job?.remove();
  return { state: 'lost' };
}

const checkOverdue = (app: App, queues: Queues): Promise<void> =>
  checkOverdueMessages(app, (name, id) => fateOf(queues.queue(name), id));

const KEEP_FINISHED_MS = 60 * MINUTE;
const KEEP_FAILED_MS = 7 * 24 * 60 * MINUTE;
const CLEAN_AT_MOST = 10_000;

/** BullMQ forgets finished jobs when others finish; this is for queues where nothing does any more. */
async function deleteFinishedJobs(_app: App, queues: Queues): Promise<void> {
  for (const name of ['urgent', 'bulk', 'upkeep'] satisfies QueueName[]) {
    await queues.queue(name).clean(KEEP_FINISHED_MS, CLEAN_AT_MOST, 'completed');
    await queues.queue(name).clean(KEEP_FAILED_MS, CLEAN_AT_MOST, 'failed');
  }
}

/** What runs by the clock, on whichever worker takes it. */
export const SCHEDULED_JOBS: Record<string, Upkeep> = {
  'referrals.roll-up': { repeat: { every: 2 * SECOND }, run: rollUpDeltas },
  'referrals.qualify-due': { repeat: { every: 5 * SECOND }, run: qualifyDueReferrals },
  'referrals.notices': { repeat: { every: 5 * SECOND }, run: sendReferralDigests },
  'referrals.leaderboard': { repeat: { every: 5 * SECOND }, run: refreshLeaderboard },
  'referrals.reconcile': { repeat: { pattern: '0 3 * * *' }, run: reconcileCounts },
  'referrals.forget-visitors': { repeat: { every: 10 * MINUTE }, run: deleteVisitors },
  'referrals.forget-networks': { repeat: { every: 60 * MINUTE }, run: deleteOldNetworks },
  'credits.settle': { repeat: { every: 2 * SECOND }, run: settleCredits },
  'outbox.check-overdue': { repeat: { every: MINUTE }, run: checkOverdue },
  'outbox.delete-handled': { repeat: { every: 60 * MINUTE }, run: deleteHandledMessages },
  'queues.delete-finished': { repeat: { every: 60 * MINUTE }, run: deleteFinishedJobs },
  'sessions.delete-old': { repeat: { every: 60 * MINUTE }, run: deleteOldSessions },
  'devices.delete-old': { repeat: { every: 60 * MINUTE }, run: deleteOldDevices },
  'email-tokens.delete-old': { repeat: { every: 60 * MINUTE }, run: deleteOldEmailTokens },
  'pages.empty-trash': { repeat: { every: 60 * MINUTE }, run: deleteTrashedPages },
  'blocks.empty-trash': { repeat: { every: 60 * MINUTE }, run: deleteTrashedBlocks },
  'throttle.delete-old': { repeat: { every: 60 * MINUTE }, run: deleteOldSignInAttempts },
};

/** Runs what is due. A failure is not tried again but logged as an error; the next time comes by itself. */
export const runScheduledJob =
  (app: App, queues: Queues) =>
  async ({ name }: QueueJob): Promise<void> => {
    await SCHEDULED_JOBS[name]?.run(app, queues);
  };

/** A schedule whose next run is this long overdue will not come to life by itself. */
const STUCK_MS = 2 * MINUTE;

/**
 * Makes the schedules that are missing, changed or stuck, and removes those of another version. Returns whether there
 * were none at all, as in a queue that is new or has lost its memory.
 */
export async function startSchedules(queue: JobQueue): Promise<boolean> {
  const existing = await queue.getJobSchedulers(0, -1);
  for (const { key } of existing) if (!(key in SCHEDULED_JOBS)) await queue.removeJobScheduler(key);
  const good = existing.filter(({ key, every, pattern, next = 0 }) => {
    const wanted = SCHEDULED_JOBS[key]?.repeat;
    const isSame = wanted && ('every' in wanted ? wanted.every === every : wanted.pattern === pattern);
    return isSame && next > Date.now() - STUCK_MS;
  });
  const names = new Set(good.map(({ key }) => key));
  for (const [name, { repeat }] of Object.entries(SCHEDULED_JOBS)) {
    if (names.has(name)) continue;
    const opts = { attempts: 1, removeOnComplete: true, removeOnFail: { count: 100 } };
    await queue.upsertJobScheduler(name, { ...repeat, tz: 'UTC' }, { name, data: {}, opts });
  }
  return existing.length === 0;
}
