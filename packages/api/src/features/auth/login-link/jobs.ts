import { defineJob } from '../../outbox/service.ts';
import { loginLinkRequestedTopic } from './schema.ts';
import { sendLoginLink } from './service.ts';

export const loginLinkRequestedJob = defineJob(loginLinkRequestedTopic, {
  atomic: true,
  handle: sendLoginLink,
});
