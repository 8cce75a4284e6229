import {
  daysAgoPart,
  type Db,
  deleteExpiredRows,
  type InsertPart,
  insertPart,
  type Trx,
} from '@linkgrove/db';
import { sql } from 'kysely';
import type { OutboxQueue } from './schema.ts';

export const insertMessagePart = (message: {
  id: string;
  topic: string;
  queue: OutboxQueue;
  payload: object;
  requestId: string | undefined;
}): InsertPart => insertPart`
  insert into outbox (id, topic, queue, payload, request_id)
  select ${message.id}::uuid, ${message.topic}::text, ${message.queue}::text, ${JSON.stringify(message.payload)}::jsonb,
    ${message.requestId ?? null}::text`;

export type RelayedMessage = { id: string; topic: string; requestId: string | null };

export async function findUnrelayedMessages(
  db: Db,
  queue: OutboxQueue,
  limit: number,
): Promise<RelayedMessage[]> {
  return db
    .selectFrom('outbox')
    .select(['id', 'topic', 'request_id as requestId'])
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

export async function findOverdueMessages(
  db: Db,
  { minutes, limit }: { minutes: number; limit: number },
): Promise<{ id: string; queue: OutboxQueue }[]> {
  return db
    .selectFrom('outbox')
    .select(['id', 'queue'])
    .where('done_at', 'is', null)
    .where('failed_at', 'is', null)
    .where('relayed_at', '<', sql<Date>`now() - make_interval(mins => ${minutes})`)
    .orderBy('relayed_at')
    .limit(limit)
    .execute();
}

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

export async function markMessageReturned(db: Db, id: string, maxDays: number): Promise<boolean> {
  const result = await db
    .updateTable('outbox')
    .set({ relayed_at: null })
    .where('id', '=', id)
    .where('done_at', 'is', null)
    .where('failed_at', 'is', null)
    .where('created_at', '>', daysAgoPart(maxDays))
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function findOpenMessage(db: Db, id: string) {
  return db
    .selectFrom('outbox')
    .select(['id', 'topic', 'payload', 'request_id as requestId'])
    .where('id', '=', id)
    .where('done_at', 'is', null)
    .executeTakeFirst();
}

/** Sets members of an unfinished message's payload. */
export async function updateMessagePayload(db: Db, id: string, members: object): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ payload: sql`payload || ${JSON.stringify(members)}::jsonb` })
    .where('id', '=', id)
    .where('done_at', 'is', null)
    .execute();
}

/** Nothing personal stays in a handled message. */
export async function markMessageDone(db: Db, id: string): Promise<boolean> {
  const result = await db
    .updateTable('outbox')
    .set({ done_at: sql`now()`, payload: sql`'{}'`, failed_at: null, last_error: null })
    .where('id', '=', id)
    .where('done_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function markMessageFailed(db: Db, id: string, reason: string): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ failed_at: sql`now()`, last_error: reason })
    .where('id', '=', id)
    .where('done_at', 'is', null)
    .execute();
}

export type Backlog = {
  queue: OutboxQueue;
  unrelayed: number;
  open: number;
  oldestSeconds: number;
  oldestUnrelayedSeconds: number;
  failed: number;
};

export async function countBacklog(db: Db): Promise<Backlog[]> {
  const { rows } = await sql<Backlog>`
    with open as (
      select queue, count(*) filter (where relayed_at is null) as unrelayed, count(*) as open,
        extract(epoch from now() - min(created_at))::float8 as age,
        extract(epoch from now() - min(created_at) filter (where relayed_at is null))::float8 as lag
      from outbox where done_at is null and failed_at is null group by queue
    ), failed as (
      select queue, count(*) as failed from outbox where failed_at is not null and done_at is null group by queue
    )
    select queue, coalesce(unrelayed, 0) as unrelayed, coalesce(open, 0) as open,
      coalesce(age, 0) as "oldestSeconds", coalesce(lag, 0) as "oldestUnrelayedSeconds",
      coalesce(failed, 0) as failed
    from open full join failed using (queue)`.execute(db);
  return rows;
}

export async function deleteFinishedMessages(
  db: Db,
  { doneDays, failedDays }: { doneDays: number; failedDays: number },
): Promise<void> {
  await deleteExpiredRows(db, { table: 'outbox', by: sql`done_at`, before: daysAgoPart(doneDays) });
  // Written like the predicate of the index.
  const and = sql<boolean>`failed_at is not null and done_at is null`;
  await deleteExpiredRows(db, { table: 'outbox', by: sql`failed_at`, before: daysAgoPart(failedDays), and });
}

/** Unhandled ones: in the others nothing is left. Both statements match the predicate of an index. */
export async function deleteMessagesByUser(
  trx: Trx,
  user: { userId: string; address: string },
): Promise<void> {
  for (const state of [sql`failed_at is null`, sql`failed_at is not null`])
    await sql`
      delete from outbox where done_at is null and ${state} and (
        payload->>'userId' = ${user.userId}
        or lower(coalesce(payload->>'to', payload->>'email')) = ${user.address.toLowerCase()}
      )`.execute(trx);
}
