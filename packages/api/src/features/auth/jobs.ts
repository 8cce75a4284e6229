import { defineJob } from '../outbox/service.ts';
import { passwordResetRequestedTopic } from './schema.ts';
import { sendPasswordReset } from './service.ts';

/** Answers a request for a new password; where the address is unknown, by nothing. */
export const passwordResetRequestedJob = defineJob(passwordResetRequestedTopic, {
  atomic: true,
  handle: sendPasswordReset,
});
