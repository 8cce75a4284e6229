import type { OutboxJob } from '../outbox/service.ts';
import { passwordResetRequestedTopic } from './schema.ts';
import { sendPasswordReset } from './service.ts';

export const passwordResetRequestedJob: OutboxJob<typeof passwordResetRequestedTopic.schema> = {
  topic: passwordResetRequestedTopic,
  atomic: true,
  handle: sendPasswordReset,
};
