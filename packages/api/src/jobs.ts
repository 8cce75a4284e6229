import { passwordResetRequested } from './features/auth/jobs.ts';
import { sendMail } from './features/mail/jobs.ts';
import type { Job } from './features/outbox/service.ts';

export { createApp, type App } from './context.ts';
export {
  abandonMessage,
  deleteHandledMessages,
  handleMessage,
  releaseOverdueMessages,
  relay,
} from './features/outbox/service.ts';
export type { JobCtx, Mailer, OutgoingMail } from './features/outbox/service.ts';
export { deleteOldTokens } from './features/auth/email-token/service.ts';
export { deleteOldSessions } from './features/auth/session/service.ts';
export { deleteOldAttempts } from './features/auth/throttle/service.ts';
export { deleteSpent as deleteSpentBlocks } from './features/pages/blocks/service.ts';
export { emptyTrash } from './features/pages/trash/service.ts';
export { refreshLeaderboard } from './features/referrals/leaderboard/service.ts';
export { rollUpDeltas } from './features/referrals/stats/service.ts';

// A handler takes what its own schema has parsed, which the registry cannot see.
const all = [sendMail, passwordResetRequested] as unknown as Job[];

/** Every handler, by the name of its topic. */
export const jobs = new Map(all.map((job) => [job.topic.name, job]));
