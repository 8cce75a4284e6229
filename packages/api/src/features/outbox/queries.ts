import type { Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';

/** The insertion of a message, which becomes visible with the rest of its transaction. */
export const insertion = (message: {
  id: string;
  topic: string;
  payload: object;
}): RawBuilder<unknown> => sql`
  insert into outbox (id, topic, payload)
  select ${message.id}::uuid, ${message.topic}::text, ${JSON.stringify(message.payload)}::jsonb`;

/** How long a relayed message may stay open before it is relayed again, in case the queue lost it. */
const REDRIVE_AFTER = sql<Date>`now() - interval '5 minutes'`;

/** Messages that no queue knows of yet, oldest first. */
export async function findUnrelayed(db: Db, limit: number): Promise<{ id: string; topic: string }[]> {
  return db
    .selectFrom('outbox')
    .select(['id', 'topic'])
    .where('relayed_at', 'is', null)
    .orderBy('created_at')
    .limit(limit)
    .execute();
}

/** Makes messages that a queue has held for too long due for the relay again. */
export async function releaseOverdue(db: Db): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ relayed_at: null })
    .where('done_at', 'is', null)
    .where('failed_at', 'is', null)
    .where('relayed_at', '<', REDRIVE_AFTER)
    .execute();
}

export async function markRelayed(db: Db, ids: string[]): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ relayed_at: sql`now()` })
    .where('id', 'in', ids)
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
export async function markDone(db: Db, id: string): Promise<boolean> {
  const result = await db
    .updateTable('outbox')
    .set({ done_at: sql`now()`, failed_at: null, last_error: null })
    .where('id', '=', id)
    .where('done_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function markFailed(db: Db, id: string, reason: string): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ failed_at: sql`now()`, last_error: reason.slice(0, 500) })
    .where('id', '=', id)
    .where('done_at', 'is', null)
    .execute();
}

/** Deletes what was handled a week ago or given up a month ago; addresses are not kept longer than they serve. */
export async function deleteHandled(db: Db): Promise<void> {
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
export async function deleteMessagesOf(trx: Trx, user: { userId: string; address: string }): Promise<void> {
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
