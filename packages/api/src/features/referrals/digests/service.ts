import { withTransaction } from '@linkgrove/db';
import type { AppCtx, TrxCtx } from '../../../core/context.ts';
import { enqueueBulkMail } from '../../mail/service.ts';
import * as queries from './queries.ts';

const BATCH = 500;

/**
 * Upkeep: tells referrers of people who joined through them, unless they opted out; at most one mail an hour
 * each, so that a link that spreads does not fill its owner's mailbox.
 */
export async function sendReferralDigests(ctx: AppCtx): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    for (const notice of await queries.takeUnsentDigests(trx.db, BATCH)) {
      await enqueueBulkMail(trx, { template: 'referral-successful', ...notice });
    }
  });
}

/** Tells a referrer of milestones they reached, unless they opted out. */
export async function mailMilestones(
  ctx: TrxCtx,
  userId: string,
  milestones: { referrals: number; credits: number }[],
): Promise<void> {
  const recipient = milestones.length > 0 ? await queries.findDigestRecipient(ctx.db, userId) : undefined;
  if (!recipient) return;
  for (const { referrals, credits } of milestones) {
    await enqueueBulkMail(ctx, { template: 'milestone-reached', ...recipient, referrals, credits });
  }
}
