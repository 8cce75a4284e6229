import { type Trx, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx } from '../../core/context.ts';
import { newId } from '../../core/ids.ts';
import * as queries from './queries.ts';
import type { Topic } from './schema.ts';

/** What a job's handler gets: the process, and how to send a mail. */
export type JobCtx = AppCtx & { mailer: Mailer };

export type OutgoingMail = { messageId: string; to: string; subject: string; text: string; html: string };
/** Sends one mail, or throws; implemented by the worker. */
export type Mailer = (mail: OutgoingMail) => Promise<void>;

/** A handler for one topic. `atomic` ones change only the database and run inside one transaction. */
export type Job<S extends z.ZodType = z.ZodType> = { topic: Topic<S>; atomic: boolean } & {
  handle: (ctx: JobCtx, payload: z.infer<S>, messageId: string) => Promise<void>;
};

/**
 * Leaves work for the worker in the same transaction as the change that asks for it: both happen or
 * neither does. The payload holds ids and addresses, never a secret.
 */
export async function publish<S extends z.ZodType>(
  ctx: { db: AppCtx['db'] },
  topic: Topic<S>,
  payload: z.infer<S> & object,
): Promise<void> {
  await message(topic, payload).execute(ctx.db);
}

/** What `publish` writes, to be put into a larger statement. */
export const message = <S extends z.ZodType>(topic: Topic<S>, payload: z.infer<S> & object) =>
  queries.insertion({ id: newId(), topic: topic.name, payload });

/**
 * Hands up to `limit` new messages to `enqueue`, then marks them relayed; returns how many. A process that
 * dies in between, or a second relay, hands them over again, which a queue that knows their ids ignores.
 */
export async function relay(
  ctx: AppCtx,
  limit: number,
  enqueue: (messages: { id: string; topic: string }[]) => Promise<void>,
): Promise<number> {
  const messages = await queries.findUnrelayed(ctx.db, limit);
  if (messages.length === 0) return 0;
  await enqueue(messages);
  await queries.markRelayed(
    ctx.db,
    messages.map((message) => message.id),
  );
  return messages.length;
}

/** Handles one message once; a message that is unknown or done already is passed over. */
export async function handleMessage(ctx: JobCtx, jobs: Map<string, Job>, id: string): Promise<void> {
  const message = await queries.findOpenMessage(ctx.db, id);
  if (!message) return;
  const job = jobs.get(message.topic);
  if (!job) throw new Error(`No handler for topic ${message.topic}`);
  const payload = job.topic.schema.parse(message.payload);
  if (!job.atomic) {
    await job.handle(ctx, payload, id);
    await queries.markDone(ctx.db, id);
    return;
  }
  await withTransaction(ctx, async (trxCtx) => {
    if (await queries.markDone(trxCtx.db, id)) await job.handle(trxCtx, payload, id);
  });
}

/** Records that a message will not be tried again, and why. */
export const abandonMessage = (ctx: AppCtx, id: string, reason: string): Promise<void> =>
  queries.markFailed(ctx.db, id, reason);

/** Upkeep: makes what a queue lost due again, and forgets what is done or was given up long ago. */
export const releaseOverdueMessages = (ctx: AppCtx): Promise<void> => queries.releaseOverdue(ctx.db);
export const deleteHandledMessages = (ctx: AppCtx): Promise<void> => queries.deleteHandled(ctx.db);

/** Deletes every message to or about a user, or to or about their address in whatever case it is spelt. */
export const forgetMessagesOf = (
  ctx: { db: Trx },
  user: { userId: string; address: string },
): Promise<void> => queries.deleteMessagesOf(ctx.db, user);
