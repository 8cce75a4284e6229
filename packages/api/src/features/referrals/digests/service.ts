import { withTransaction } from '@linkgrove/db';
import type { AppCtx, TrxCtx } from '../../../core/context.ts';
import { enqueueBulkMail } from '../../mail/service.ts';
import type { Milestone } from '../../rewards/milestones/service.ts';
import * as queries from './queries.ts';

const DIGEST_BATCH = 500;
const DIGEST_INTERVAL_MINUTES = 60;

/** At most one mail per interval, so that a viral link does not flood its owner's mailbox. */
export async function sendReferralDigests(ctx: AppCtx): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    const digests = await queries.takeUnsentDigests(trx.db, {
      limit: DIGEST_BATCH,
      intervalMinutes: DIGEST_INTERVAL_MINUTES,
    });
    for (const digest of digests) await enqueueBulkMail(trx, { template: 'referral-successful', ...digest });
  });
}

export async function mailMilestones(
  ctx: TrxCtx,
  { userId, milestones, count }: { userId: string; milestones: Milestone[]; count: number },
): Promise<void> {
  const recipient = milestones.length > 0 ? await queries.findDigestRecipient(ctx.db, userId) : undefined;
  if (!recipient) return;
  for (const { referrals, credits } of milestones) {
    await enqueueBulkMail(ctx, { template: 'milestone-reached', ...recipient, referrals, credits, count });
  }
}
