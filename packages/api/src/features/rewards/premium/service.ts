import { withTransaction } from '@linkgrove/db';
import type { AppCtx } from '../../../core/context.ts';
import { enqueueBulkMail } from '../../mail/service.ts';
import { takePremiumEnds } from '../../users/service.ts';
import { listNoticeRecipients } from '../notices/queries.ts';

const ENDS_BATCH = 500;

/** Scheduled job: tells users that their premium time has ended. */
export async function sendPremiumEnds(ctx: AppCtx): Promise<void> {
  let taken: number;
  do {
    taken = await withTransaction(ctx, async (trx) => {
      const ended = await takePremiumEnds(trx.db, ENDS_BATCH);
      const recipients = ended.length > 0 ? await listNoticeRecipients(trx.db, ended) : [];
      for (const recipient of recipients) {
        await enqueueBulkMail(trx, { template: 'premium-ended', ...recipient });
      }
      return ended.length;
    });
  } while (taken === ENDS_BATCH);
}
