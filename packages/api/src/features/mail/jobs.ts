import { changeMessagePayload, defineJob, type JobCtx } from '../outbox/service.ts';
import { isEmailTokenFresh, isFormUnconfirmed, isInvitationOpen } from './queries.ts';
import { type Mail, sendBulkMailTopic, sendMailTopic } from './schema.ts';
import { recordDroppedMail, takeMailBudget } from './service.ts';
import { renderMail } from './templates.ts';

async function isLinkDead({ db }: JobCtx, mail: Mail): Promise<boolean> {
  if (mail.template === 'workspace-invitation') return !(await isInvitationOpen(db, mail.tokenId));
  if (mail.template === 'form-confirmation') return !(await isFormUnconfirmed(db, mail.tokenId));
  return 'tokenId' in mail && mail.tokenId !== undefined && !(await isEmailTokenFresh(db, mail.tokenId));
}

async function sendMail(ctx: JobCtx, mail: Mail, messageId: string): Promise<void> {
  if (await isLinkDead(ctx, mail)) return recordDroppedMail(ctx, mail.template, 'expired');
  if (!mail.counted) {
    if (!(await takeMailBudget(ctx, mail))) return;
    // A retry of the same mail is not counted again.
    await changeMessagePayload(ctx, messageId, { counted: true });
  }
  const rendered = renderMail(mail, {
    appUrl: ctx.config.appUrl,
    emailToken: ctx.tokenDeriver.emailToken,
    loginCode: ctx.tokenDeriver.loginCode,
    publicUrl: ctx.config.publicUrl,
    invitationToken: ctx.tokenDeriver.invitationToken,
    formToken: ctx.tokenDeriver.formToken,
    unsubscribeToken: ctx.unsubscribeSigner.sign,
  });
  await ctx.mailer({ messageId, to: mail.to, ...rendered });
}

/** A retry carries the same token and Message-ID, so that mail readers can fold duplicates. */
export const sendMailJob = defineJob(sendMailTopic, { atomic: false, handle: sendMail });

export const sendBulkMailJob = defineJob(sendBulkMailTopic, { atomic: false, handle: sendMail });
