import type { Job } from '../outbox/service.ts';
import { sendMailTopic } from './schema.ts';
import { renderMail } from './templates.ts';

/** Sends one mail. A retry carries the same token and the same Message-ID, so that readers fold duplicates. */
export const sendMail: Job<typeof sendMailTopic.schema> = {
  topic: sendMailTopic,
  atomic: false,
  handle: async ({ config, tokenDeriver, unsubscribeSigner, mailer }, mail, messageId) => {
    const rendered = renderMail(mail, {
      appUrl: config.appUrl,
      emailToken: tokenDeriver.emailToken,
      unsubscribeToken: unsubscribeSigner.sign,
    });
    await mailer({ messageId, to: mail.to, ...rendered });
  },
};
