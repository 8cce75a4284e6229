import type { Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { OutboxQueue } from './schema.ts';

/** The insertion of a message, which becomes visible with the rest of its transaction. */
export const insertMessageQuery = (message: {
  id: string;
  topic: string;
  queue: OutboxQueue;
  payload: object;
}): RawBuilder<unknown> => sql`
  insert into outbox (id, topic, queue, payload)
  select ${message.id}::uuid, ${message.topic}::text, ${message.queue}::text, ${JSON.stringify(message.payload)}::jsonb`;

/** Messages that their queue does not know of yet, oldest first. */
export async function findUnrelayedMessages(
  db: Db,
  queue: OutboxQueue,
  limit: number,
): Promise<{ id: string; topic: string }[]> {
  return db
    .selectFrom('outbox')
    .select(['id', 'topic'])
    .where('queue', '=', queue)
    .where('relayed_at', 'is', null)
    .orderBy('created_at')
    .limit(limit)
    .execute();
}

export async function markMessagesRelayed(db: Db, ids: string[]): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ relayed_at: sql`now()` })
    .where('id', 'in', ids)
    .execute();
}

/** How long a queue may have a message before it is asked whether it still knows it. */
const OVERDUE = sql<Date>`now() - interval '5 minutes'`;

/** Messages that were relayed a while ago and have not come to an end, longest ago first. */
export async function findOverdueMessages(
  db: Db,
  limit: number,
): Promise<{ id: string; queue: OutboxQueue }[]> {
  return db
    .selectFrom('outbox')
    .select(['id', 'queue'])
    .where('done_at', 'is', null)
    .where('failed_at', 'is', null)
    .where('relayed_at', '<', OVERDUE)
    .orderBy('relayed_at')
    .limit(limit)
    .execute();
}

/** Makes messages due for the relay again; all that have not come to an end where no ids are given. */
export async function markMessagesUnrelayed(db: Db, ids?: string[]): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ relayed_at: null })
    .where('done_at', 'is', null)
    .where('failed_at', 'is', null)
    .where('relayed_at', 'is not', null)
    .$if(ids !== undefined, (query) => query.where('id', 'in', ids ?? []))
    .execute();
}

/** A message that is still to be handled, or undefined. */
export async function findOpenMessage(db: Db, id: string) {
  return db
    .selectFrom('outbox')
    .select(['id', 'topic', 'payload'])
    .where('id', '=', id)
    .where('done_at', 'is', null)
    .executeTakeFirst();
}

/** Marks a message handled; false if it was already. */
export async function markMessageDone(db: Db, id: string): Promise<boolean> {
  const result = await db
    .updateTable('outbox')
    .set({ done_at: sql`now()`, failed_at: null, last_error: null })
    .where('id', '=', id)
    .where('done_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function markMessageFailed(db: Db, id: string, reason: string): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ failed_at: sql`now()`, last_error: reason.slice(0, 500) })
    .where('id', '=', id)
    .where('done_at', 'is', null)
    .execute();
}

export type Backlog = {
  queue: OutboxQueue;
  unrelayed: number;
  open: number;
  oldestSeconds: number;
  failed: number;
};

/** What has not come to an end, by queue: not relayed, open in all with the age of the oldest, given up. */
export async function countBacklog(db: Db): Promise<Backlog[]> {
  const { rows } = await sql<Backlog>`
    with open as (
      select queue, count(*) filter (where relayed_at is null) as unrelayed, count(*) as open,
        extract(epoch from now() - min(created_at))::float8 as age
      from outbox where done_at is null and failed_at is null group by queue
    ), failed as (
      select queue, count(*) as failed from outbox where failed_at is not null and done_at is null group by queue
    )
    select queue, coalesce(unrelayed, 0) as unrelayed, coalesce(open, 0) as open,
      coalesce(age, 0) as "oldestSeconds", coalesce(failed, 0) as failed
    from open full join failed using (queue)`.execute(db);
  return rows;
}

/** Deletes what was handled a week ago or given up a month ago; addresses are not kept longer than they serve. */
export async function deleteFinishedMessages(db: Db): Promise<void> {
  await db
    .deleteFrom('outbox')
    .where(({ eb, or }) =>
      or([
        eb('done_at', '<', sql<Date>`now() - interval '7 days'`),
        eb('failed_at', '<', sql<Date>`now() - interval '30 days'`),
      ]),
    )
    .execute();
}

/** Deletes every message to or about a user, or to or about their address in whatever case it is spelt. */
export async function deleteMessagesByUser(
  trx: Trx,
  user: { userId: string; address: string },
): Promise<void> {
  await trx
    .deleteFrom('outbox')
    .where(({ eb, or }) =>
      or([
        eb(sql`payload->>'userId'`, '=', user.userId),
        eb(sql`lower(coalesce(payload->>'to', payload->>'email'))`, '=', user.address.toLowerCase()),
      ]),
    )
    .execute();
}
