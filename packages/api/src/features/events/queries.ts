import { isoTimePart, type Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { EventType } from './schema.ts';

/** A SELECT of `workspace_id`, `object_id` and `data` (json), with one row per event. */
export type EventSource = RawBuilder<unknown>;

/**
 * Stores nothing for workspaces without an endpoint for the type; those cost one look into an index. The sequence
 * follows the order of an object's changes if the change holds the object's lock.
 */
export const insertEventsQuery = (type: EventType, source: EventSource): RawBuilder<unknown> => sql`
  insert into webhook_events (id, workspace_id, type, object_id, body)
  select gen_random_uuid(), s.workspace_id, ${sql.lit(type)}::text, s.object_id,
    json_build_object(
      'type', ${sql.lit(type)}::text, 'timestamp', ${isoTimePart(sql`clock_timestamp()`)}, 'data', s.data
    )::text
  from (${source}) s
  where exists (
    select from webhook_endpoints e
    where e.workspace_id = s.workspace_id and e.events && array[${sql.lit(type)}::text, '*']
  )`;

/** With their deliveries. The literals match the index. */
export async function deleteUserEventRows(trx: Trx, userId: string): Promise<void> {
  await sql`
    delete from webhook_events
    where type in ('user.created', 'user.verified') and object_id = ${userId}::uuid`.execute(trx);
}

/** The workspace is named for the sake of the index. */
export async function deleteObjectEventRows(
  trx: Trx,
  { type, workspaceId, objectId }: { type: EventType; workspaceId: string; objectId: string },
): Promise<void> {
  await sql`
    delete from webhook_events
    where workspace_id = ${workspaceId}::uuid and type = ${type} and object_id = ${objectId}::uuid`.execute(
    trx,
  );
}
