import type { InsertPart } from '@linkgrove/db';
import type { AppCtx, AppTrxCtx, DbCtx, TrxCtx } from '../../core/context.ts';
import { canonicalizeMailbox } from '../../core/text/mailbox-providers.ts';
import { deleteMessagesOf, publishMessagePart, publishMessage } from '../outbox/service.ts';
import { hasReserve, RESERVE } from './policy.ts';
import * as queries from './queries.ts';
import { type Mail, type SecurityMail, sendBulkMailTopic, sendMailTopic } from './schema.ts';

type SecurityMailRecipient = { id: string; email: string; username: string; emailVerified: boolean };

/**
 * Enqueues a mail about a security event. It is sent after the transaction of `ctx` commits. An address that the
 * user has not verified gets none, because it may belong to someone else.
 */
export async function enqueueSecurityMail(
  ctx: AppTrxCtx,
  template: SecurityMail['template'],
  { id, email, username, emailVerified }: SecurityMailRecipient,
): Promise<void> {
  if (!emailVerified) return recordDroppedMail(ctx, template, 'unverified');
  await publishMessage(ctx, sendMailTopic, { template, to: email, username, userId: id, proven: true });
}

/** Enqueues one mail that nobody is waiting for, to a verified address. It never delays urgent mail. */
export const enqueueBulkMail = (ctx: DbCtx, mail: Mail): Promise<void> =>
  publishMessage(ctx, sendBulkMailTopic, { ...mail, proven: true });

/** Returns the INSERT of a mail that a person is waiting for, as a part of a larger statement. */
export const enqueueMailPart = (mail: Mail): InsertPart => publishMessagePart(sendMailTopic, mail);

/**
 * Counts a mail in the budgets of its recipient: all addresses that reach one mailbox share them. Returns false if
 * they are spent; the mail must not be sent then, and is reported as dropped.
 */
export async function takeMailBudget(ctx: AppCtx, mail: Mail): Promise<boolean> {
  const recipientHash = ctx.keyedHash('mailbox', canonicalizeMailbox(mail.to));
  const common = ctx.config.recipientBudgets.map((budget) => ({ ...budget, name: `${budget.seconds}s` }));
  const isTaken =
    (await queries.takeFromBudgets(ctx.db, recipientHash, common)) ||
    (hasReserve(mail) &&
      (await queries.takeFromBudgets(ctx.db, recipientHash, [{ ...RESERVE, name: mail.template }])));
  if (!isTaken) recordDroppedMail(ctx, mail.template, 'budget');
  return isTaken;
}

/** Logs and counts a mail that is not sent. */
export function recordDroppedMail(
  ctx: Pick<AppCtx, 'logger' | 'metrics'>,
  template: Mail['template'],
  reason: 'budget' | 'unverified' | 'expired',
): void {
  ctx.metrics.mailDropped.inc({ template, reason });
  ctx.logger.info({ template, reason }, 'mail dropped');
}

/** Deletes every waiting mail to a user or to their address, for a deleted account. */
export const deleteMailTo = (ctx: TrxCtx, user: { userId: string; address: string }): Promise<void> =>
  deleteMessagesOf(ctx, user);

/** Scheduled job: deletes budgets whose window has ended. */
export const deleteOldMailBudgets = (ctx: AppCtx): Promise<void> => queries.deleteEndedMailBudgets(ctx.db);
