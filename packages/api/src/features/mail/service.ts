import type { DbCtx, TrxCtx } from '../../core/context.ts';
import { deleteMessagesOf, publishMessageQuery, publishMessage } from '../outbox/service.ts';
import { type Mail, sendBulkMailTopic, sendMailTopic } from './schema.ts';

/** Has one mail sent once the transaction of `ctx` has committed. */
export const enqueueMail = (ctx: DbCtx, mail: Mail): Promise<void> =>
  publishMessage(ctx, sendMailTopic, mail);

/** The same for mail that nobody waits for: however much there is, it delays no other. */
export const enqueueBulkMail = (ctx: DbCtx, mail: Mail): Promise<void> =>
  publishMessage(ctx, sendBulkMailTopic, mail);

/** What `enqueueMail` writes, to be put into a larger statement. */
export const enqueueMailQuery = (mail: Mail) => publishMessageQuery(sendMailTopic, mail);

/** Forgets every mail to a user, whatever their address was, or asked for with it; for accounts that are deleted. */
export const deleteMailTo = (ctx: TrxCtx, user: { userId: string; address: string }): Promise<void> =>
  deleteMessagesOf(ctx, user);
