import { type InsertPart, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, DbCtx, TrxCtx } from '../../core/context.ts';
import { generateId } from '../../core/crypto/ids.ts';
import * as queries from './queries.ts';
import type { Backlog, RelayedMessage } from './queries.ts';
import type { OutboxQueue, Topic } from './schema.ts';

const OVERDUE_MINUTES = 5;
const OVERDUE_BATCH = 1_000;
/** How long mail waits for a mail server that refuses us (RFC 5321, 4.5.4.1). */
const MAX_WAIT_DAYS = 5;
const MAX_ERROR_LENGTH = 500;
/** Messages hold email addresses, so they are deleted after this time. */
const RETENTION = { doneDays: 7, failedDays: 30 };

export type JobCtx = AppCtx & { mailer: Mailer };

export type OutgoingMail = { messageId: string; to: string; subject: string; text: string; html: string };
export type Mailer = (mail: OutgoingMail) => Promise<void>;

/** An `atomic` job changes only the database, in one transaction. */
export type OutboxJob = {
  topic: string;
  atomic: boolean;
  handle: (ctx: JobCtx, payload: unknown, messageId: string) => Promise<void>;
};

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

export type OriginCtx = Pick<AppCtx, 'requestId'>;

/** Publish in the transaction of the change, so that both commit or neither. Payloads never hold a secret. */
export async function publishMessage<S extends z.ZodType>(
  ctx: DbCtx & OriginCtx,
  topic: Topic<S>,
  payload: z.infer<S> & object,
): Promise<void> {
  await publishMessagePart(ctx, topic, payload).execute(ctx.db);
}

export const publishMessagePart = <S extends z.ZodType>(
  { requestId }: OriginCtx,
  topic: Topic<S>,
  payload: z.infer<S> & object,
): InsertPart =>
  queries.insertMessagePart({
    id: generateId(),
    topic: topic.name,
    queue: topic.queue,
    payload,
    requestId,
  });

/** After a crash, or with a second relay, messages are passed to `enqueue` twice: the queue ignores known IDs. */
export async function relayMessages(
  ctx: AppCtx,
  queue: OutboxQueue,
  limit: number,
  enqueue: (messages: RelayedMessage[]) => Promise<boolean>,
): Promise<number> {
  const messages = await queries.findUnrelayedMessages(ctx.db, queue, limit);
  if (messages.length === 0 || !(await enqueue(messages))) return 0;
  await queries.markMessagesRelayed(
    ctx.db,
    messages.map((message) => message.id),
  );
  return messages.length;
}

/** Does nothing if the message is unknown or already done. */
export async function handleMessage(
  { ...ctx }: JobCtx,
  jobs: ReadonlyMap<string, OutboxJob>,
  id: string,
): Promise<void> {
  const message = await queries.findOpenMessage(ctx.db, id);
  if (!message) return;
  ctx.requestId = message.requestId ?? undefined;
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

/** Sets members of a message's payload, which its next attempt reads. */
export const changeMessagePayload = (ctx: DbCtx, id: string, members: object): Promise<void> =>
  queries.updateMessagePayload(ctx.db, id, members);

export const abandonMessage = (ctx: AppCtx, id: string, reason: string): Promise<void> =>
  queries.markMessageFailed(ctx.db, id, reason.slice(0, MAX_ERROR_LENGTH));

/** Lets the relay start anew. False if the message is too old to be worth it, or done. */
export const returnMessage = (ctx: AppCtx, id: string): Promise<boolean> =>
  queries.markMessageReturned(ctx.db, id, MAX_WAIT_DAYS);

/** For a queue that lost its data. */
export const releaseMessages = (ctx: AppCtx): Promise<void> => queries.markMessagesUnrelayed(ctx.db);

export type MessageFate = { state: 'kept' } | { state: 'lost' } | { state: 'failed'; reason: string };

/** Relays lost messages again and marks failed ones; the others are checked again later. */
export async function checkOverdueMessages(
  ctx: AppCtx,
  ask: (queue: OutboxQueue, id: string) => Promise<MessageFate>,
): Promise<void> {
  const [lost, kept]: [string[], string[]] = [[], []];
  const overdue = { minutes: OVERDUE_MINUTES, limit: OVERDUE_BATCH };
  for (const { id, queue } of await queries.findOverdueMessages(ctx.db, overdue)) {
    const fate = await ask(queue, id);
    if (fate.state === 'failed') await abandonMessage(ctx, id, fate.reason);
    else (fate.state === 'lost' ? lost : kept).push(id);
  }
  if (lost.length > 0) await queries.markMessagesUnrelayed(ctx.db, lost);
  if (kept.length > 0) await queries.markMessagesRelayed(ctx.db, kept);
}

export const deleteHandledMessages = (ctx: AppCtx): Promise<void> =>
  queries.deleteFinishedMessages(ctx.db, RETENTION);

export const readBacklog = (ctx: AppCtx): Promise<Backlog[]> => queries.countBacklog(ctx.db);

export const deleteMessagesOf = (ctx: TrxCtx, user: { userId: string; address: string }): Promise<void> =>
  queries.deleteMessagesByUser(ctx.db, user);
