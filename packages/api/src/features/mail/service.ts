import type { InsertPart } from '@linkgrove/db';
import type { AppCtx, AppTrxCtx, DbCtx, TrxCtx } from '../../core/context.ts';
import { canonicalizeMailbox } from '../../core/text/mailbox-providers.ts';
import { deleteMessagesOf, type OriginCtx, publishMessagePart, publishMessage } from '../outbox/service.ts';
import { hasReserve, RESERVE } from './policy.ts';
import * as queries from './queries.ts';
import {
  type KeyMail,
  type Mail,
  type SecurityMail,
  sendBulkMailTopic,
  sendMailTopic,
  type SignInMethodMail,
} from './schema.ts';

type SecurityMailRecipient = { id: string; email: string; username: string; emailVerified: boolean };

/** An address that the user has not verified gets none, because it may belong to someone else. */
export async function enqueueSecurityMail(
  ctx: AppTrxCtx,
  template: SecurityMail['template'],
  { id, email, username, emailVerified }: SecurityMailRecipient,
): Promise<void> {
  if (!emailVerified) return recordDroppedMail(ctx, template, 'unverified');
  await publishMessage(ctx, sendMailTopic, { template, to: email, username, userId: id, proven: true });
}

type KeyNews = Pick<KeyMail, 'template' | 'start'> & { country?: string };

/** To the person for whom the key acts; like `enqueueSecurityMail`. */
export async function enqueueKeyMail(
  ctx: AppTrxCtx,
  news: KeyNews,
  { id, email, username, emailVerified }: SecurityMailRecipient,
): Promise<void> {
  if (!emailVerified) return recordDroppedMail(ctx, news.template, 'unverified');
  const { country = '' } = news;
  await publishMessage(ctx, sendMailTopic, {
    ...news,
    country,
    to: email,
    username,
    userId: id,
    proven: true,
  });
}

/** `method` is the operator's or our own name for it, such as `Google`; like `enqueueSecurityMail`. */
export async function enqueueSignInMethodMail(
  ctx: AppTrxCtx,
  news: Pick<SignInMethodMail, 'method' | 'change'>,
  { id, email, username, emailVerified }: SecurityMailRecipient,
): Promise<void> {
  const template = 'sign-in-method-changed';
  if (!emailVerified) return recordDroppedMail(ctx, template, 'unverified');
  await publishMessage(ctx, sendMailTopic, {
    ...news,
    template,
    to: email,
    username,
    userId: id,
    proven: true,
  });
}

export const enqueueBulkMail = (ctx: DbCtx, mail: Mail): Promise<void> =>
  publishMessage(ctx, sendBulkMailTopic, { ...mail, proven: true });

export const enqueueMailPart = (origin: OriginCtx, mail: Mail): InsertPart =>
  publishMessagePart(origin, sendMailTopic, mail);

/** All addresses that reach one mailbox share its budgets. False: the mail must not be sent. */
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

export function recordDroppedMail(
  ctx: Pick<AppCtx, 'logger' | 'metrics'>,
  template: Mail['template'],
  reason: 'budget' | 'unverified' | 'expired',
): void {
  ctx.metrics.mailDropped.inc({ template, reason });
  ctx.logger.info({ template, reason }, 'mail dropped');
}

export const deleteMailTo = (ctx: TrxCtx, user: { userId: string; address: string }): Promise<void> =>
  deleteMessagesOf(ctx, user);

export const deleteOldMailBudgets = (ctx: AppCtx): Promise<void> => queries.deleteEndedMailBudgets(ctx.db);
