import { defineJob, type JobCtx } from '../outbox/service.ts';
import { isEmailTokenFresh } from './queries.ts';
import { type Mail, sendBulkMailTopic, sendMailTopic } from './schema.ts';
import { renderMail } from './templates.ts';

/** Sends one mail; not at all when the link in it has expired while it waited. */
async function send(ctx: JobCtx, mail: Mail, messageId: string): Promise<void> {
  if ('tokenId' in mail && !(await isEmailTokenFresh(ctx.db, mail.tokenId))) {
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

/** Sends one mail. A retry carries the same token and the same Message-ID, so that readers fold duplicates. */
export const sendMailJob = defineJob(sendMailTopic, { atomic: false, handle: send });

/** The same for mail that nobody waits for. */
export const sendBulkMailJob = defineJob(sendBulkMailTopic, { atomic: false, handle: send });
