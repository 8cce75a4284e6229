import type { AppCtx } from '../../core/context.ts';
import { publish } from '../outbox/service.ts';
import { type Mail, sendMailTopic } from './schema.ts';

/** Has one mail sent once the transaction of `ctx` has committed. */
export const enqueueMail = (ctx: { db: AppCtx['db'] }, mail: Mail): Promise<void> =>
  publish(ctx, sendMailTopic, mail);
