import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, DbCtx, TrxCtx } from '../../core/context.ts';
import { generateId } from '../../core/crypto/ids.ts';
import * as queries from './queries.ts';
import type { Backlog } from './queries.ts';
import type { OutboxQueue, Topic } from './schema.ts';

/** What a job's handler gets: the process, and how to send a mail. */
export type JobCtx = AppCtx & { mailer: Mailer };

export type OutgoingMail = { messageId: string; to: string; subject: string; text: string; html: string };
/** Sends one mail, or throws; implemented by the worker. */
export type Mailer = (mail: OutgoingMail) => Promise<void>;

/** Handles the messages of one topic. An `atomic` job changes only the database, in one transaction. */
export type OutboxJob = {
  topic: string;
  atomic: boolean;
  handle: (ctx: JobCtx, payload: unknown, messageId: string) => Promise<void>;
};

/** Makes the job of a topic. It parses each payload, and throws a `ZodError` for one of another shape. */
export const defineJob = <S extends z.ZodType>(
  topic: Topic<S>,
  job: {
    atomic: boolean;
    handle: (ctx: JobCtx, payload: z.infer<S>, messageId: string) => Promise<void>;
  },
): OutboxJob => ({
  topic: topic.name,
  atomic: job.atomic,
  handle: async (ctx, payload, messageId) => job.handle(ctx, topic.schema.parse(payload), messageId),
});

/**
 * Leaves work for the worker in the same transaction as the change that asks for it: both happen or
 * neither does. The payload holds ids and addresses, never a secret.
 */
export async function publishMessage<S extends z.ZodType>(
  ctx: DbCtx,
  topic: Topic<S>,
  payload: z.infer<S> & object,
): Promise<void> {
  await publishMessageQuery(topic, payload).execute(ctx.db);
}

/** What `publish` writes, to be put into a larger statement. */
export const publishMessageQuery = <S extends z.ZodType>(topic: Topic<S>, payload: z.infer<S> & object) =>
  queries.insertMessageQuery({ id: generateId(), topic: topic.name, queue: topic.queue, payload });

/**
 * Hands up to `limit` new messages of a queue to `enqueue` and, where it took them, marks them relayed; returns how
 * many. A process that dies in between, or a second relay, hands them over again, which a queue that knows their
 * ids ignores.
 */
export async function relayMessages(
  ctx: AppCtx,
  queue: OutboxQueue,
  limit: number,
  enqueue: (messages: { id: string; topic: string }[]) => Promise<boolean>,
): Promise<number> {
  const messages = await queries.findUnrelayedMessages(ctx.db, queue, limit);
  if (messages.length === 0 || !(await enqueue(messages))) return 0;
  await queries.markMessagesRelayed(
    ctx.db,
    messages.map((message) => message.id),
  );
  return messages.length;
}

/** Handles one message once; a message that is unknown or done already is passed over. */
export async function handleMessage(
  ctx: JobCtx,
  jobs: ReadonlyMap<string, OutboxJob>,
  id: string,
): Promise<void> {
  const message = await queries.findOpenMessage(ctx.db, id);
  if (!message) return;
  const job = jobs.get(message.topic);
  if (!job) throw new Error(`No handler for topic ${message.topic}`);
  if (!job.atomic) {
    await job.handle(ctx, message.payload, id);
    await queries.markMessageDone(ctx.db, id);
    return;
  }
  await withTransaction(ctx, async (trxCtx) => {
    if (await queries.markMessageDone(trxCtx.db, id)) await job.handle(trxCtx, message.payload, id);
  });
}

/** Records that a message will not be tried again, and why. */
export const abandonMessage = (ctx: AppCtx, id: string, reason: string): Promise<void> =>
  queries.markMessageFailed(ctx.db, id, reason);

/** Makes every message that has not come to an end due again: for a queue that has lost its memory. */
export const releaseMessages = (ctx: AppCtx): Promise<void> => queries.markMessagesUnrelayed(ctx.db);

/** What a queue says of a message that it was given long ago; `lost` where it does not know it. */
export type MessageFate = { state: 'kept' } | { state: 'lost' } | { state: 'failed'; reason: string };

const OVERDUE_BATCH = 1_000;

/**
 * Upkeep: asks after messages that a queue has had for long. What it lost becomes due again, what it gave up is
 * recorded, what it still has is asked after again later.
 */
export async function checkOverdueMessages(
  ctx: AppCtx,
  ask: (queue: OutboxQueue, id: string) => Promise<MessageFate>,
): Promise<void> {
  const [lost, kept]: [string[], string[]] = [[], []];
  for (const { id, queue } of await queries.findOverdueMessages(ctx.db, OVERDUE_BATCH)) {
    const fate = await ask(queue, id);
    if (fate.state === 'failed') await queries.markMessageFailed(ctx.db, id, fate.reason);
    else (fate.state === 'lost' ? lost : kept).push(id);
  }
  if (lost.length > 0) await queries.markMessagesUnrelayed(ctx.db, lost);
  if (kept.length > 0) await queries.markMessagesRelayed(ctx.db, kept);
}

/** Upkeep: forgets what is done or was given up long ago. */
export const deleteHandledMessages = (ctx: AppCtx): Promise<void> => queries.deleteFinishedMessages(ctx.db);

/** What has not come to an end, by queue; for metrics. */
export const readBacklog = (ctx: AppCtx): Promise<Backlog[]> => queries.countBacklog(ctx.db);

/** Deletes every message to or about a user, or to or about their address in whatever case it is spelt. */
export const deleteMessagesOf = (ctx: TrxCtx, user: { userId: string; address: string }): Promise<void> =>
  queries.deleteMessagesByUser(ctx.db, user);
