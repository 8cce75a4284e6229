import { changeMessagePayload, defineJob, type JobCtx } from '../outbox/service.ts';
import { isEmailTokenFresh } from './queries.ts';
import { type Mail, sendBulkMailTopic, sendMailTopic } from './schema.ts';
import { recordDroppedMail, takeMailBudget } from './service.ts';
import { renderMail } from './templates.ts';

async function sendMail(ctx: JobCtx, mail: Mail, messageId: string): Promise<void> {
  const tokenId = 'tokenId' in mail ? mail.tokenId : undefined;
  if (tokenId !== undefined && !(await isEmailTokenFresh(ctx.db, tokenId)))
    return recordDroppedMail(ctx, mail.template, 'expired');
  if (!mail.counted) {
    if (!(await takeMailBudget(ctx, mail))) return;
    // A retry of the same mail is not counted again.
    await changeMessagePayload(ctx, messageId, { counted: true });
  }
  const rendered = renderMail(mail, {
    appUrl: ctx.config.appUrl,
    emailToken: ctx.tokenDeriver.emailToken,
    unsubscribeToken: ctx.unsubscribeSigner.sign,
  });
  await ctx.mailer({ messageId, to: mail.to, ...rendered });
}

/** A retry carries the same token and Message-ID, so that mail readers can fold duplicates. */
export const sendMailJob = defineJob(sendMailTopic, { atomic: false, handle: sendMail });

export const sendBulkMailJob = defineJob(sendBulkMailTopic, { atomic: false, handle: sendMail });
