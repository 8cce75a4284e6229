import { passwordResetRequested } from './features/auth/jobs.ts';
import { sendBulkMail, sendMail } from './features/mail/jobs.ts';
import { pagePublished } from './features/referrals/jobs.ts';
import type { Job } from './features/outbox/service.ts';

export { createApp, type App } from './context.ts';
export {
  abandonMessage,
  checkOverdueMessages,
  deleteHandledMessages,
  handleMessage,
  readBacklog,
  relay,
  releaseMessages,
} from './features/outbox/service.ts';
export type { Fate, JobCtx, Mailer, OutgoingMail } from './features/outbox/service.ts';
export { QUEUES, type QueueName } from './features/outbox/schema.ts';
export { deleteOldTokens } from './features/auth/email-token/service.ts';
export { deleteOldDevices, deleteOldSessions } from './features/auth/session/service.ts';
export { deleteOldAttempts } from './features/auth/throttle/service.ts';
export { deleteSpent as deleteSpentBlocks } from './features/pages/blocks/service.ts';
export { emptyTrash } from './features/pages/trash/service.ts';
export { reconcile } from './features/referrals/doctor/service.ts';
export { refreshLeaderboard } from './features/referrals/leaderboard/service.ts';
export { sendNotices } from './features/referrals/notices/service.ts';
export { qualifyDue } from './features/referrals/qualification/service.ts';
export { rollUpDeltas } from './features/referrals/roll-up/service.ts';
export { forgetNetworks } from './features/referrals/sign-up/service.ts';
export { forgetVisitors } from './features/referrals/visits/service.ts';
export { settleCredits } from './features/rewards/service.ts';

// A handler takes what its own schema has parsed, which the registry cannot see.
const all = [sendMail, sendBulkMail, passwordResetRequested, pagePublished] as unknown as Job[];

/** Every handler, by the name of its topic. */
export const jobs = new Map(all.map((job) => [job.topic.name, job]));
