import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { DeliveryStatus } from './schema.ts';

const now = sql<Date>`now()`;

export type DeliveryRow = Awaited<ReturnType<typeof listDeliveryRows>>[number];

export async function listDeliveryRows(
  db: Db,
  filter: { endpointId: string; status: DeliveryStatus | undefined; before: string | null; limit: number },
) {
  const { status } = filter;
  return db
    .selectFrom('webhook_deliveries as d')
    .innerJoin('webhook_events as e', 'e.id', 'd.event_id')
    .select([
      'd.id',
      'd.event_id as eventId',
      'e.type',
      'd.status',
      'd.attempts',
      'd.next_attempt_at as nextAttemptAt',
      'd.created_at as createdAt',
    ])
    .where('d.endpoint_id', '=', filter.endpointId)
    .$if(status !== undefined, (query) =>
      query.where('d.status', 'in', status === 'pending' ? ['pending', 'waiting'] : [status ?? 'failed']),
    )
    .$call((query) => (filter.before === null ? query : query.where('d.id', '<', filter.before)))
    .orderBy('d.id', 'desc')
    .limit(filter.limit)
    .execute();
}

/** Out of line, as its turn is over. Open deliveries stay as they are. Returns the type if there is such a delivery. */
export async function reopenDelivery(trx: Trx, endpointId: string, id: string): Promise<string | undefined> {
  const { rows } = await sql<{ type: string }>`
    with found as (
      select d.id, d.status, e.type from webhook_deliveries d join webhook_events e on e.id = d.event_id
      where d.id = ${id}::uuid and d.endpoint_id = ${endpointId}::uuid
    ), reopened as (
      update webhook_deliveries d set status = 'pending', tries = 0, next_attempt_at = now() from found f
      where d.id = f.id and d.status in ('delivered', 'failed')
    )
    select type from found`.execute(trx);
  return rows[0]?.type;
}

export async function insertTestEvent(
  trx: Trx,
  event: { id: string; workspaceId: string; type: string; body: string },
): Promise<void> {
  await trx
    .insertInto('webhook_events')
    .values({
      id: event.id,
      workspace_id: event.workspaceId,
      type: event.type,
      object_id: event.id,
      body: event.body,
      dispatched_at: now,
    })
    .execute();
}

export type NewDelivery = { id: string; endpointId: string; eventId: string };

/** Due at once and out of line. */
export async function insertDueDeliveries(trx: Trx, deliveries: NewDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  await sql`
    insert into webhook_deliveries
      (id, endpoint_id, event_id, object_id, sequence, status, holds_line, next_attempt_at)
    select n.id, n.endpoint_id, e.id, e.object_id, e.sequence, 'pending', false, now()
    from unnest(
      ${deliveries.map(({ id }) => id)}::uuid[],
      ${deliveries.map(({ endpointId }) => endpointId)}::uuid[],
      ${deliveries.map(({ eventId }) => eventId)}::uuid[]
    ) n (id, endpoint_id, event_id) join webhook_events e on e.id = n.event_id
    on conflict on constraint webhook_deliveries_event_key do nothing`.execute(trx);
}

/** At most `max`. */
export async function countOpenDeliveries(trx: Trx, endpointId: string, max: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select (select count(*) from (
        select from webhook_deliveries where endpoint_id = ${endpointId} and status = 'pending' limit ${max}
      ) pending)
      + (select count(*) from (
        select from webhook_deliveries where endpoint_id = ${endpointId} and status = 'waiting' limit ${max}
      ) waiting) as count`.execute(trx);
  return rows[0]?.count ?? 0;
}

type RecoveryRange = { endpointId: string; since: Date; limit: number };

/** Returns how many. */
export async function reopenFailedDeliveries(
  trx: Trx,
  range: RecoveryRange & { types: string[] },
): Promise<number> {
  const { numAffectedRows } = await sql`
    update webhook_deliveries set status = 'pending', tries = 0, next_attempt_at = now()
    where id in (
      select d.id from webhook_deliveries d join webhook_events e on e.id = d.event_id
      where d.endpoint_id = ${range.endpointId} and d.status = 'failed' and d.created_at >= ${range.since}
        and e.type = any(${range.types}::text[])
      order by d.sequence limit ${range.limit}
    )`.execute(trx);
  return Number(numAffectedRows ?? 0);
}

/** Events that the endpoint listens to and never got a delivery of, because it was disabled. */
export async function listMissedEvents(
  trx: Trx,
  range: RecoveryRange & { workspaceId: string; events: string[] },
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select e.id from webhook_events e
    where e.workspace_id = ${range.workspaceId} and e.created_at >= ${range.since}
      and e.dispatched_at is not null and e.object_id <> e.id
      and ${range.events}::text[] && array[e.type, '*']
      and not exists (
        select from webhook_deliveries d where d.event_id = e.id and d.endpoint_id = ${range.endpointId}
      )
    order by e.sequence limit ${range.limit}`.execute(trx);
  return rows.map(({ id }) => id);
}
