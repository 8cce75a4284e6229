import type { Job } from '../outbox/service.ts';
import { passwordResetRequestedTopic } from './schema.ts';
import { sendPasswordReset } from './service.ts';

/** Answers a request for a new password; where the address is unknown, by nothing. */
export const passwordResetRequested: Job<typeof passwordResetRequestedTopic.schema> = {
  topic: passwordResetRequestedTopic,
  atomic: true,
  handle: sendPasswordReset,
};
