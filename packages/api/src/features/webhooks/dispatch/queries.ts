import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import {
  DISPATCH_BATCH,
  ENDPOINT_CONCURRENCY,
  FAILING_ENDPOINT_CONCURRENCY,
  MAX_OPEN_DELIVERIES,
  QUEUE_CLAIM_SECONDS,
} from '../policy.ts';

export type OpenEvent = Awaited<ReturnType<typeof lockOpenEvents>>[number];

export async function lockOpenEvents(trx: Trx) {
  return trx
    .selectFrom('webhook_events')
    .select(['id', 'sequence', 'workspace_id as workspaceId', 'object_id as objectId', 'type'])
    .where('dispatched_at', 'is', null)
    .orderBy('sequence')
    .limit(DISPATCH_BATCH)
    .forUpdate()
    .skipLocked()
    .execute();
}

/** The lock keeps an attempt from leaving a line while an event joins it. In one order, against deadlocks. */
export async function lockListeners(trx: Trx, workspaceIds: string[]) {
  return trx
    .selectFrom('webhook_endpoints as e')
    .innerJoin('workspaces as w', 'w.id', 'e.workspace_id')
    .select(['e.id', 'e.workspace_id as workspaceId', 'e.events'])
    .where('e.workspace_id', 'in', workspaceIds)
    .where('e.enabled', '=', true)
    .where('w.deleted_at', 'is', null)
    .orderBy('e.id')
    .forNoKeyUpdate('e')
    .execute();
}

export type DispatchedDelivery = {
  id: string;
  endpointId: string;
  eventId: string;
  objectId: string;
  sequence: number;
};

const BACKLOG_ATTEMPT = sql`jsonb_build_array(jsonb_build_object(
  'at', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'status', null, 'durationMs', 0,
  'error', 'Not attempted, because too many deliveries were open'
))`;

/** The first event of an object holds the line, the next ones wait. Over the limit, events fail without an attempt. */
export async function insertDeliveries(trx: Trx, deliveries: DispatchedDelivery[]): Promise<void> {
  await sql`
    with new as (
      select *, row_number() over (partition by endpoint_id order by sequence) as place,
        row_number() over (partition by endpoint_id, object_id order by sequence) as place_in_line
      from unnest(
        ${deliveries.map(({ id }) => id)}::uuid[],
        ${deliveries.map(({ endpointId }) => endpointId)}::uuid[],
        ${deliveries.map(({ eventId }) => eventId)}::uuid[],
        ${deliveries.map(({ objectId }) => objectId)}::uuid[],
        ${deliveries.map(({ sequence }) => sequence)}::bigint[]
      ) n (id, endpoint_id, event_id, object_id, sequence)
    ), endpoint as (
      select id, (select count(*) from (
          select from webhook_deliveries where endpoint_id = id_of.id and status = 'pending'
          limit ${MAX_OPEN_DELIVERIES}
        ) pending)
        + (select count(*) from (
          select from webhook_deliveries where endpoint_id = id_of.id and status = 'waiting'
          limit ${MAX_OPEN_DELIVERIES}
        ) waiting) as open
      from (select distinct endpoint_id as id from new) id_of
    ), placed as (
      select n.*, case
        when n.place + e.open > ${MAX_OPEN_DELIVERIES} then 'failed'
        when n.place_in_line > 1 or exists (
          select from webhook_deliveries d
          where d.endpoint_id = n.endpoint_id and d.object_id = n.object_id and d.holds_line
        ) or exists (
          select from webhook_deliveries d
          where d.endpoint_id = n.endpoint_id and d.object_id = n.object_id and d.status = 'waiting'
        ) then 'waiting'
        else 'pending' end as status
      from new n join endpoint e on e.id = n.endpoint_id
    )
    insert into webhook_deliveries
      (id, endpoint_id, event_id, object_id, sequence, status, holds_line, next_attempt_at, attempts)
    select id, endpoint_id, event_id, object_id, sequence, status, status = 'pending',
      case when status = 'pending' then now() end,
      case when status = 'failed' then ${BACKLOG_ATTEMPT} else '[]' end
    from placed
    on conflict on constraint webhook_deliveries_event_key do nothing`.execute(trx);
}

export async function markEventsDispatched(trx: Trx, ids: string[]): Promise<void> {
  await trx
    .updateTable('webhook_events')
    .set({ dispatched_at: sql<Date>`now()` })
    .where('id', 'in', ids)
    .execute();
}

/** `claim` is the end of the claim. Of several jobs for one delivery, only that of the newest claim makes an attempt. */
export type ClaimedDelivery = { deliveryId: string; claim: string };

/**
 * Claims due deliveries, a few per endpoint. Visits each endpoint that has open ones once, by the index. A claim that
 * ends without an attempt, because its job or worker is gone, can be claimed again.
 */
export async function claimDueDeliveries(db: Db, limit: number): Promise<ClaimedDelivery[]> {
  const { rows } = await sql<ClaimedDelivery>`
    with recursive busy as (
      (select endpoint_id from webhook_deliveries where status = 'pending' order by endpoint_id limit 1)
      union all
      select (
        select d.endpoint_id from webhook_deliveries d
        where d.status = 'pending' and d.endpoint_id > b.endpoint_id order by d.endpoint_id limit 1
      ) from busy b where b.endpoint_id is not null
    ), endpoint as (
      select e.id, (
        case when e.failing_since is null then ${ENDPOINT_CONCURRENCY}::int
          else ${FAILING_ENDPOINT_CONCURRENCY}::int end
        - (select count(*) from webhook_deliveries c where c.endpoint_id = e.id and c.claimed_until > now())
      ) as free
      from busy b join webhook_endpoints e on e.id = b.endpoint_id join workspaces w on w.id = e.workspace_id
      where e.enabled and (e.paused_until is null or e.paused_until <= now()) and w.deleted_at is null
    ), picked as (
      select d.id from endpoint e cross join lateral (
        select id, next_attempt_at from webhook_deliveries d
        where d.endpoint_id = e.id and d.status = 'pending' and d.next_attempt_at <= now()
          and (d.claimed_until is null or d.claimed_until <= now())
        order by d.next_attempt_at limit greatest(e.free, 0) for update skip locked
      ) d
      order by d.next_attempt_at limit ${limit}
    )
    update webhook_deliveries d set claimed_until = now() + make_interval(secs => ${QUEUE_CLAIM_SECONDS})
    from picked p
    where d.id = p.id and d.status = 'pending' and (d.claimed_until is null or d.claimed_until <= now())
    returning d.id as "deliveryId", d.claimed_until::text as claim`.execute(db);
  return rows;
}

export type DeliveryBacklog = { due: number; open: number; oldestDueSeconds: number };

export async function countDeliveryBacklog(db: Db): Promise<DeliveryBacklog> {
  const { rows } = await sql<DeliveryBacklog>`
    select count(*) filter (where d.next_attempt_at <= now()) as due, count(*) as open,
      coalesce(extract(epoch from now() - min(d.next_attempt_at) filter (where d.next_attempt_at <= now())), 0)::float8
        as "oldestDueSeconds"
    from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
    where d.status = 'pending' and e.enabled`.execute(db);
  return rows[0] ?? { due: 0, open: 0, oldestDueSeconds: 0 };
}

/** With their deliveries. Returns how many. */
export async function deleteOldEventRows(
  db: Db,
  { days, limit }: { days: number; limit: number },
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from webhook_events where id in (
      select id from webhook_events where created_at < now() - make_interval(days => ${days})
      order by created_at limit ${limit}
    )`.execute(db);
  return Number(numAffectedRows ?? 0);
}

/** Rows of `table` whose `column` names a row of `parent` that is gone. */
type Orphans =
  | { table: 'webhook_events'; column: 'workspace_id'; parent: 'workspaces' }
  | { table: 'webhook_deliveries'; column: 'endpoint_id'; parent: 'webhook_endpoints' };

/** Looks each parent up once, by the index of the column. Returns how many. */
async function deleteOrphanRows(db: Db, orphans: Orphans, limit: number): Promise<number> {
  const [table, parent] = [sql.table(orphans.table), sql.table(orphans.parent)];
  const column = sql.ref(orphans.column);
  const { numAffectedRows } = await sql`
    with recursive known as (
      (select ${column} as id from ${table} order by ${column} limit 1)
      union all
      select (select c.${column} from ${table} c where c.${column} > k.id order by c.${column} limit 1)
      from known k where k.id is not null
    )
    delete from ${table} where id in (
      select c.id from ${table} c join known k on k.id = c.${column}
      where not exists (select from ${parent} p where p.id = k.id) limit ${limit}
    )`.execute(db);
  return Number(numAffectedRows ?? 0);
}

/** Of deleted workspaces. */
export const deleteOrphanedEventRows = (db: Db, limit: number): Promise<number> =>
  deleteOrphanRows(db, { table: 'webhook_events', column: 'workspace_id', parent: 'workspaces' }, limit);

/** Of deleted endpoints. */
export const deleteOrphanedDeliveryRows = (db: Db, limit: number): Promise<number> =>
  deleteOrphanRows(
    db,
    { table: 'webhook_deliveries', column: 'endpoint_id', parent: 'webhook_endpoints' },
    limit,
  );
