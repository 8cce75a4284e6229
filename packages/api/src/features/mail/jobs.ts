import { defineJob, type JobCtx } from '../outbox/service.ts';
import { isEmailTokenFresh } from './queries.ts';
import { type Mail, sendBulkMailTopic, sendMailTopic } from './schema.ts';
import { renderMail } from './templates.ts';

/** Sends one mail, or drops it if the link in it has expired meanwhile. */
async function sendMail(ctx: JobCtx, mail: Mail, messageId: string): Promise<void> {
  const tokenId = 'tokenId' in mail ? mail.tokenId : undefined;
  if (tokenId !== undefined && !(await isEmailTokenFresh(ctx.db, tokenId))) {
    ctx.logger.info({ outboxId: messageId, template: mail.template }, 'mail dropped: its link has expired');
    return;
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
