import {
  type App,
  checkDomains,
  checkOverdueMessages,
  createPartitions,
  deleteExpiredAnswers,
  deleteOldClicks,
  deleteOldEvents,
  deleteHandledMessages,
  deleteOldSignInAttempts,
  deleteOldDevices,
  deleteOldOrigins,
  deleteOldSecurityEvents,
  deleteOldSessions,
  deleteOldChallenges,
  deleteUsedFlows,
  deleteOldTrustedDevices,
  deleteOldVisitorSalts,
  deleteOldEmailTokens,
  deleteOldKeys,
  deleteOldMailBudgets,
  deleteOldReports,
  deleteOldSubmissions,
  deleteTrashedBlocks,
  deleteUnusedFiles,
  deleteUnusedObjects,
  deleteTrashedPages,
  dropExpiredEvents,
  grantDueRewards,
  grantHeldRewards,
  eraseAnalytics,
  eraseProgrammes,
  deleteTrashedWorkspaces,
  deleteOldImpersonations,
  deleteOldInvitations,
  type MessageFate,
  packAllEvents,
  packRecentEvents,
  deleteOldNetworks,
  deleteUsedAttributions,
  deleteVisitors,
  qualifyDueReferrals,
  reconcileCounts,
  refreshLeaderboard,
  refreshPastLeaderboard,
  returnLinkPlaces,
  rollUpDeltas,
  sendPremiumEnds,
  runCampaignSchedule,
  sendReferralDigests,
  settleAllWithheldFiles,
  settleCredits,
} from '@linkgrove/api/jobs';
import { isMailServerFault } from './smtp.ts';
import { type JobQueue, QUEUE_NAMES, type QueueJob, type Queues } from '@linkgrove/queues';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

type Repeat = { every: number } | { pattern: string };
type ScheduledJob = { repeat: Repeat; run: (app: App, queues: Queues) => Promise<unknown> };

const ENDED = new Set(['completed', 'unknown', 'failed']);

/** A finished job whose message is unfinished counts as lost. */
async function findFate(queue: JobQueue, id: string): Promise<MessageFate> {
  const job = await queue.getJob(id);
  const state = await job?.getState();
  const reason = job?.failedReason ?? '';
  if (state === 'failed' && !isMailServerFault(reason)) return { state, reason };
  if (state !== undefined && !ENDED.has(state)) return { state: 'kept' };
  await job?.remove();
  return { state: 'lost' };
}

const checkOverdue = (app: App, queues: Queues): Promise<void> =>
  checkOverdueMessages(app, (name, id) => findFate(queues.queue(name), id));

const KEEP_FINISHED_MS = 60 * MINUTE;
const KEEP_FAILED_MS = 7 * 24 * 60 * MINUTE;
const MAX_CLEANED = 10_000;

/** BullMQ deletes old jobs only when another job finishes. This covers idle queues. */
async function deleteFinishedJobs(_app: App, queues: Queues): Promise<void> {
  for (const name of QUEUE_NAMES) {
    await queues.queue(name).clean(KEEP_FINISHED_MS, MAX_CLEANED, 'completed');
    await queues.queue(name).clean(KEEP_FAILED_MS, MAX_CLEANED, 'failed');
  }
}

export const SCHEDULED_JOBS: Record<string, ScheduledJob> = {
  'referrals.roll-up': { repeat: { every: 2 * SECOND }, run: rollUpDeltas },
  'referrals.qualify-due': { repeat: { every: 5 * SECOND }, run: qualifyDueReferrals },
  'referrals.run-campaigns': { repeat: { every: 5 * SECOND }, run: runCampaignSchedule },
  'referrals.send-digests': { repeat: { every: 5 * SECOND }, run: sendReferralDigests },
  'referrals.leaderboard': { repeat: { every: 5 * SECOND }, run: refreshLeaderboard },
  'referrals.past-leaderboard': { repeat: { every: MINUTE }, run: refreshPastLeaderboard },
  'referrals.reconcile': { repeat: { pattern: '0 3 * * *' }, run: reconcileCounts },
  'referrals.delete-visitors': { repeat: { every: 10 * MINUTE }, run: deleteVisitors },
  'analytics.create-partitions': { repeat: { every: 60 * MINUTE }, run: createPartitions },
  'analytics.pack-recent': { repeat: { every: 5 * MINUTE }, run: packRecentEvents },
  'analytics.pack-all': { repeat: { every: 6 * 60 * MINUTE }, run: packAllEvents },
  'analytics.drop-expired': { repeat: { every: 6 * 60 * MINUTE }, run: dropExpiredEvents },
  'analytics.erase': { repeat: { every: 10 * MINUTE }, run: eraseAnalytics },
  'analytics.delete-salts': { repeat: { every: 60 * MINUTE }, run: deleteOldVisitorSalts },
  'referrals.delete-attributions': { repeat: { every: 60 * MINUTE }, run: deleteUsedAttributions },
  'referrals.return-places': { repeat: { every: MINUTE }, run: returnLinkPlaces },
  'referrals.delete-networks': { repeat: { every: 60 * MINUTE }, run: deleteOldNetworks },
  'credits.settle': { repeat: { every: 2 * SECOND }, run: settleCredits },
  'rewards.grant-held': { repeat: { every: 5 * SECOND }, run: grantHeldRewards },
  'premium.send-ends': { repeat: { every: MINUTE }, run: sendPremiumEnds },
  'conversions.grant-due': { repeat: { every: 5 * SECOND }, run: grantDueRewards },
  'conversions.delete-clicks': { repeat: { every: 60 * MINUTE }, run: deleteOldClicks },
  'conversions.erase': { repeat: { every: 10 * MINUTE }, run: eraseProgrammes },
  'outbox.check-overdue': { repeat: { every: MINUTE }, run: checkOverdue },
  'outbox.delete-handled': { repeat: { every: 10 * MINUTE }, run: deleteHandledMessages },
  'queues.delete-finished': { repeat: { every: 60 * MINUTE }, run: deleteFinishedJobs },
  'idempotency.delete-expired': { repeat: { every: 10 * MINUTE }, run: deleteExpiredAnswers },
  'sessions.delete-old': { repeat: { every: 10 * MINUTE }, run: deleteOldSessions },
  'security-events.delete-old': { repeat: { every: 60 * MINUTE }, run: deleteOldSecurityEvents },
  'keys.delete-old': { repeat: { every: 60 * MINUTE }, run: deleteOldKeys },
  'sign-in-flows.delete-used': { repeat: { every: 60 * MINUTE }, run: deleteUsedFlows },
  'devices.delete-old': { repeat: { every: 60 * MINUTE }, run: deleteOldDevices },
  'sign-in-origins.delete-old': { repeat: { pattern: '10 4 * * *' }, run: deleteOldOrigins },
  'passkeys.delete-challenges': { repeat: { every: 10 * MINUTE }, run: deleteOldChallenges },
  'devices.delete-untrusted': { repeat: { every: 60 * MINUTE }, run: deleteOldTrustedDevices },
  'email-tokens.delete-old': { repeat: { every: 10 * MINUTE }, run: deleteOldEmailTokens },
  'mail.delete-budgets': { repeat: { every: 10 * MINUTE }, run: deleteOldMailBudgets },
  'pages.empty-trash': { repeat: { every: 60 * MINUTE }, run: deleteTrashedPages },
  'workspaces.empty-trash': { repeat: { every: 60 * MINUTE }, run: deleteTrashedWorkspaces },
  'impersonations.delete-old': { repeat: { every: 60 * MINUTE }, run: deleteOldImpersonations },
  'invitations.delete-old': { repeat: { every: 60 * MINUTE }, run: deleteOldInvitations },
  'files.delete-unused': { repeat: { pattern: '30 4 * * *' }, run: deleteUnusedFiles },
  'files.delete-objects': { repeat: { every: 10 * MINUTE }, run: deleteUnusedObjects },
  'files.withhold': { repeat: { every: 10 * MINUTE }, run: settleAllWithheldFiles },
  'forms.delete-old': { repeat: { pattern: '50 4 * * *' }, run: deleteOldSubmissions },
  'reports.delete-old': { repeat: { every: 60 * MINUTE }, run: deleteOldReports },
  'blocks.empty-trash': { repeat: { every: 60 * MINUTE }, run: deleteTrashedBlocks },
  'domains.check': { repeat: { every: MINUTE }, run: checkDomains },
  'webhooks.delete-old': { repeat: { every: 60 * MINUTE }, run: deleteOldEvents },
  'throttle.delete-old': { repeat: { every: 10 * MINUTE }, run: deleteOldSignInAttempts },
};

export const runScheduledJob =
  (app: App, queues: Queues) =>
  async ({ name }: QueueJob): Promise<void> => {
    await SCHEDULED_JOBS[name]?.run(app, queues);
  };

const STUCK_MS = 2 * MINUTE;

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
