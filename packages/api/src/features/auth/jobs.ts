import { defineJob } from '../outbox/service.ts';
import { passwordResetRequestedTopic } from './schema.ts';
import { sendPasswordReset } from './password-reset/service.ts';

export const passwordResetRequestedJob = defineJob(passwordResetRequestedTopic, {
  atomic: true,
  handle: sendPasswordReset,
});
