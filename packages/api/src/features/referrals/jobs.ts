import { withTransaction } from '@linkgrove/db';
import { defineJob } from '../outbox/service.ts';
import { pagePublishedTopic } from '../pages/schema.ts';
import { qualifyReferral } from './qualification/service.ts';

/** Tries to qualify a referral that may have been waiting for this page. */
export const pagePublishedJob = defineJob(pagePublishedTopic, {
  atomic: true,
  handle: (ctx, { userId }) => withTransaction(ctx, (trx) => qualifyReferral(trx, userId)),
});
