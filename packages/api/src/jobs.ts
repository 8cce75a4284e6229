import { passwordResetRequested } from './features/auth/jobs.ts';
import { sendBulkMail, sendMail } from './features/mail/jobs.ts';
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
export { deleteOldSessions } from './features/auth/session/service.ts';
export { deleteOldAttempts } from './features/auth/throttle/service.ts';
export { refreshLeaderboard } from './features/referrals/leaderboard/service.ts';
export { rollUpDeltas } from './features/referrals/stats/service.ts';

// A handler takes what its own schema has parsed, which the registry cannot see.
const all = [sendMail, sendBulkMail, passwordResetRequested] as unknown as Job[];

/** Every handler, by the name of its topic. */
export const jobs = new Map(all.map((job) => [job.topic.name, job]));
