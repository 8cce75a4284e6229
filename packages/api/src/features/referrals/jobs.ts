import { withTransaction } from '@linkgrove/db';
import { defineJob } from '../outbox/service.ts';
import { pagePublishedTopic } from '../pages/schema.ts';
import { qualifyReferral } from './qualification/service.ts';

/** Looks again at the referral of someone who has published a page, which it may have waited for. */
export const pagePublishedJob = defineJob(pagePublishedTopic, {
  atomic: true,
  handle: (ctx, { userId }) => withTransaction(ctx, (trx) => qualifyReferral(trx, userId)),
});
