import { withTransaction } from '@linkgrove/db';
import type { AppCtx, DbCtx, TrxCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { EVENT_DELETION_BATCH, DISPATCH_BATCH, EVENT_RETENTION_DAYS } from '../policy.ts';
import { ALL_EVENTS } from '../schema.ts';
import * as queries from './queries.ts';

type Listener = Awaited<ReturnType<typeof queries.lockListeners>>[number];

const listensTo = ({ events }: Listener, { type }: queries.OpenEvent): boolean =>
  events.includes(type) || events.includes(ALL_EVENTS);

function listNewDeliveries(events: queries.OpenEvent[], listeners: Listener[]): queries.DispatchedDelivery[] {
  const byWorkspace = Map.groupBy(listeners, ({ workspaceId }) => workspaceId);
  return events.flatMap((event) =>
    (byWorkspace.get(event.workspaceId) ?? [])
      .filter((listener) => listensTo(listener, event))
      .map(({ id: endpointId }) => {
        const { id: eventId, objectId, sequence } = event;
        return { id: generateId(), endpointId, eventId, objectId, sequence };
      }),
  );
}

async function dispatchBatch({ db }: TrxCtx): Promise<number> {
  const events = await queries.lockOpenEvents(db);
  if (events.length === 0) return 0;
  const workspaceIds = [...new Set(events.map(({ workspaceId }) => workspaceId))];
  const deliveries = listNewDeliveries(events, await queries.lockListeners(db, workspaceIds));
  if (deliveries.length > 0) await queries.insertDeliveries(db, deliveries);
  await queries.markEventsDispatched(
    db,
    events.map(({ id }) => id),
  );
  return events.length;
}

/** Makes a delivery of each new event for each endpoint that listens to it. */
export async function dispatchEvents(ctx: DbCtx): Promise<void> {
  while ((await withTransaction(ctx, dispatchBatch)) === DISPATCH_BATCH);
}

/** Passes due deliveries to `enqueue`. If that fails, their claims expire and they are claimed again. */
export async function claimDeliveries(
  ctx: DbCtx,
  limit: number,
  enqueue: (claimed: queries.ClaimedDelivery[]) => Promise<void>,
): Promise<void> {
  const claimed = await queries.claimDueDeliveries(ctx.db, limit);
  if (claimed.length > 0) await enqueue(claimed);
}

export const readDeliveryBacklog = (ctx: DbCtx): Promise<queries.DeliveryBacklog> =>
  queries.countDeliveryBacklog(ctx.db);

/** Scheduled job: deletes events and deliveries after 30 days, and those of deleted endpoints and workspaces. */
export async function deleteOldEvents({ db }: AppCtx): Promise<void> {
  const limit = EVENT_DELETION_BATCH;
  const old = { days: EVENT_RETENTION_DAYS, limit };
  while ((await queries.deleteOldEventRows(db, old)) === limit);
  while ((await queries.deleteOrphanedDeliveryRows(db, limit)) === limit);
  while ((await queries.deleteOrphanedEventRows(db, limit)) === limit);
}
