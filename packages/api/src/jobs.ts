import { passwordResetRequestedJob } from './features/auth/jobs.ts';
import { loginLinkRequestedJob } from './features/auth/login-link/jobs.ts';
import { filesWithheldJob } from './features/files/withholding/jobs.ts';
import { sendBulkMailJob, sendMailJob } from './features/mail/jobs.ts';
import { pagePublishedJob } from './features/referrals/jobs.ts';
import type { OutboxJob } from './features/outbox/service.ts';

export { createApp, type App } from './context.ts';
export type { Config } from './core/config/config.ts';
export { readConfigOrExit, requirePepperOrExit, stopOnSignals } from './core/config/process.ts';
export { listEnvironmentWarnings } from './core/config/warnings.ts';
export { findListenFault } from './core/http/listen-fault.ts';
export { captureMail } from './core/development/mail-capture.ts';
export { isLoopbackHost } from './core/http/loopback.ts';
export { releaseStartMemory } from './core/observability/idle-memory.ts';
export { createLogger } from './core/observability/logger.ts';
export { createDatabaseProbe, createReadiness } from './core/observability/readiness.ts';
export { collectProcessMetrics, watchReadiness } from './core/observability/metrics.ts';
export {
  abandonMessage,
  checkOverdueMessages,
  deleteHandledMessages,
  handleMessage,
  readBacklog,
  relayMessages,
  releaseMessages,
  returnMessage,
} from './features/outbox/service.ts';
export type { MessageFate, JobCtx, Mailer, OriginCtx, OutgoingMail } from './features/outbox/service.ts';
export { OUTBOX_QUEUES, type OutboxQueue } from './features/outbox/schema.ts';
export { packAllEvents, packRecentEvents } from './features/analytics/segments/packing/service.ts';
export { eraseAnalytics } from './features/analytics/erasure/service.ts';
export { createPartitions, dropExpiredEvents } from './features/analytics/partitions/service.ts';
export { deleteOldVisitorSalts } from './features/analytics/visitors/service.ts';
export { deleteOldClicks } from './features/conversions/clicks/service.ts';
export { eraseProgrammes } from './features/conversions/erasure/service.ts';
export { grantDueRewards } from './features/conversions/rewards/service.ts';
export { deleteUnusedFiles } from './features/files/collection/service.ts';
export { deleteUnusedObjects } from './features/files/storage/service.ts';
export { settleAllWithheldFiles } from './features/files/withholding/service.ts';
export { deleteOldSubmissions } from './features/forms/service.ts';
export { deleteOldReports } from './features/moderation/reports/service.ts';
export { deleteExpiredAnswers } from './features/idempotency/service.ts';
export { deleteOldMailBudgets } from './features/mail/service.ts';
export { deleteOldEmailTokens } from './features/auth/email-token/service.ts';
export { deleteOldOrigins } from './features/auth/origins/service.ts';
export { deleteUsedFlows } from './features/auth/providers/flow/service.ts';
export { deleteOldChallenges } from './features/auth/passkeys/service.ts';
export { deleteOldTrustedDevices } from './features/auth/second-factor/trusted-devices/service.ts';
export { deleteOldDevices, deleteOldSessions } from './features/auth/session/service.ts';
export { deleteOldSignInAttempts } from './features/auth/throttle/service.ts';
export { checkDomains } from './features/domains/checks/service.ts';
export { deleteOldKeys } from './features/keys/service.ts';
export { deleteTrashedBlocks } from './features/pages/blocks/service.ts';
export { deleteTrashedWorkspaces } from './features/pages/ownership/service.ts';
export { deleteTrashedPages } from './features/pages/trash/service.ts';
export { reconcileCounts } from './features/doctor/service.ts';
export { runCampaignSchedule } from './features/referrals/campaigns/life/service.ts';
export { refreshLeaderboard, refreshPastLeaderboard } from './features/referrals/leaderboard/service.ts';
export { sendReferralDigests } from './features/referrals/digests/service.ts';
export { qualifyDueReferrals } from './features/referrals/qualification/service.ts';
export { returnLinkPlaces } from './features/referrals/places/service.ts';
export { rollUpDeltas } from './features/referrals/roll-up/service.ts';
export { deleteOldNetworks, deleteUsedAttributions } from './features/referrals/sign-up/service.ts';
export { deleteVisitors } from './features/referrals/visits/service.ts';
export { grantHeldRewards } from './features/rewards/holds/service.ts';
export { sendPremiumEnds } from './features/rewards/premium/service.ts';
export { settleCredits } from './features/rewards/service.ts';
export { tryDelivery } from './features/webhooks/attempts/service.ts';
export {
  claimDeliveries,
  deleteOldEvents,
  dispatchEvents,
  readDeliveryBacklog,
} from './features/webhooks/dispatch/service.ts';
export { deleteOldSecurityEvents } from './features/security-events/service.ts';
export { deleteOldImpersonations } from './features/admin/impersonation/service.ts';
export { deleteOldInvitations } from './features/workspaces/invitations/service.ts';

const JOBS = [
  sendMailJob,
  sendBulkMailJob,
  passwordResetRequestedJob,
  loginLinkRequestedJob,
  pagePublishedJob,
  filesWithheldJob,
];

export const JOBS_BY_TOPIC: ReadonlyMap<string, OutboxJob> = new Map(JOBS.map((job) => [job.topic, job]));
