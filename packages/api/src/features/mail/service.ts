import type { InsertPart } from '@linkgrove/db';
import type { DbCtx, TrxCtx } from '../../core/context.ts';
import { deleteMessagesOf, publishMessagePart, publishMessage } from '../outbox/service.ts';
import { type Mail, sendBulkMailTopic, sendMailTopic } from './schema.ts';

/** Enqueues one mail that a person is waiting for. It is sent after the transaction of `ctx` commits. */
export const enqueueMail = (ctx: DbCtx, mail: Mail): Promise<void> =>
  publishMessage(ctx, sendMailTopic, mail);

/** Enqueues one mail that nobody is waiting for. It never delays urgent mail. */
export const enqueueBulkMail = (ctx: DbCtx, mail: Mail): Promise<void> =>
  publishMessage(ctx, sendBulkMailTopic, mail);

/** Returns the INSERT of `enqueueMail` as a part of a larger statement. */
export const enqueueMailPart = (mail: Mail): InsertPart => publishMessagePart(sendMailTopic, mail);

/** Deletes every waiting mail to a user or to their address, for a deleted account. */
export const deleteMailTo = (ctx: TrxCtx, user: { userId: string; address: string }): Promise<void> =>
  deleteMessagesOf(ctx, user);
