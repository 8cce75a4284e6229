import type { OutboxJob } from '../outbox/service.ts';
import { passwordResetRequestedTopic } from './schema.ts';
import { sendPasswordReset } from './service.ts';

/** Answers a request for a new password; where the address is unknown, by nothing. */
export const passwordResetRequestedJob: OutboxJob<typeof passwordResetRequestedTopic.schema> = {
  topic: passwordResetRequestedTopic,
  atomic: true,
  handle: sendPasswordReset,
};
