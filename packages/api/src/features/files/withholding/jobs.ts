import { defineJob } from '../../outbox/service.ts';
import { filesWithheldTopic } from './schema.ts';
import { settleWithheldFiles } from './service.ts';

export const filesWithheldJob = defineJob(filesWithheldTopic, {
  atomic: false,
  handle: settleWithheldFiles,
});
