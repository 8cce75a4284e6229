import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppTrxCtx, MemberCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { AppError } from '../../../core/errors.ts';
import { paginate } from '../../../core/http/pagination.ts';
import { createExampleBody } from '../../events/schema.ts';
import { MAX_OPEN_DELIVERIES, RECOVERY_BATCH } from '../policy.ts';
import { lockEndpoint, requireDeliverableUrl, requireEndpoint } from '../service.ts';
import { isReceivable, listReceivableTypes, requireEventAccess } from '../access/service.ts';
import * as queries from './queries.ts';
import type {
  Delivery,
  DeliveryAttempt,
  listDeliveriesInput,
  recoverDeliveriesInput,
  replayDeliveryInput,
  sendTestEventInput,
} from './schema.ts';

/** Endpoints may answer with what they received. */
function dropResponse(logged: DeliveryAttempt): DeliveryAttempt {
  const { response: _, ...attempt } = logged;
  return attempt;
}

const toDelivery = (ctx: MemberCtx, { status, attempts, ...row }: queries.DeliveryRow): Delivery => ({
  ...row,
  status: status === 'waiting' ? 'pending' : status,
  attempts: isReceivable(ctx, row.type) ? attempts : attempts.map(dropResponse),
  nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
  createdAt: row.createdAt.toISOString(),
});

/** Newest first. */
export async function listDeliveries(
  ctx: MemberCtx,
  input: z.infer<typeof listDeliveriesInput>,
): Promise<Paginated<Delivery>> {
  const { id: endpointId } = await requireEndpoint(ctx, input.id);
  const { status } = input;
  return paginate(
    input,
    (before, limit) => queries.listDeliveryRows(ctx.db, { endpointId, status, before, limit }),
    (row) => toDelivery(ctx, row),
  );
}

async function lockEnabledEndpoint(ctx: MemberCtx & AppTrxCtx, id: string) {
  const endpoint = await lockEndpoint(ctx, id);
  if (!endpoint.enabled) throw new AppError('CONFLICT', 'Enable the webhook first');
  return endpoint;
}

/** Throws `NOT_FOUND`, like `requireEventAccess`, and `CONFLICT` if the endpoint is disabled. */
export async function replayDelivery(
  ctx: MemberCtx,
  { id, deliveryId }: z.infer<typeof replayDeliveryInput>,
): Promise<{ deliveryId: string }> {
  await withTransaction(ctx, async (trx) => {
    const { role } = await lockEnabledEndpoint(trx, id);
    const type = await queries.reopenDelivery(trx.db, id, deliveryId);
    if (type === undefined) throw new AppError('NOT_FOUND', 'Delivery not found');
    requireEventAccess(trx, role, [type]);
  });
  return { deliveryId };
}

/** Throws like `requireEventAccess`, `WEBHOOK_URL_REFUSED`, and `CONFLICT` if the endpoint is disabled. */
export async function sendTestEvent(
  ctx: MemberCtx,
  { id, type }: z.infer<typeof sendTestEventInput>,
): Promise<{ deliveryId: string }> {
  const { role, url } = await requireEndpoint(ctx, id);
  requireEventAccess(ctx, role, [type]);
  await requireDeliverableUrl(ctx, url);
  const [eventId, deliveryId] = [generateId(), generateId()];
  const body = JSON.stringify(createExampleBody(type, new Date().toISOString()));
  await withTransaction(ctx, async (trx) => {
    const { workspaceId } = await lockEnabledEndpoint(trx, id);
    await queries.insertTestEvent(trx.db, { id: eventId, workspaceId, type, body });
    await queries.insertDueDeliveries(trx.db, [{ id: deliveryId, endpointId: id, eventId }]);
  });
  return { deliveryId };
}

/** Failed deliveries, and events that the endpoint missed while it was disabled. Throws like `replayDelivery`. */
export async function recoverDeliveries(
  ctx: MemberCtx,
  { id: endpointId, since: text }: z.infer<typeof recoverDeliveriesInput>,
): Promise<{ deliveries: number }> {
  const since = new Date(text);
  return withTransaction(ctx, async (trx) => {
    const { workspaceId, events, role } = await lockEnabledEndpoint(trx, endpointId);
    requireEventAccess(trx, role, events);
    const open = await queries.countOpenDeliveries(trx.db, endpointId, MAX_OPEN_DELIVERIES);
    const room = Math.max(0, Math.min(RECOVERY_BATCH, MAX_OPEN_DELIVERIES - open));
    const range = { endpointId, since, limit: room };
    const failed = { ...range, types: listReceivableTypes(ctx) };
    const reopened = await queries.reopenFailedDeliveries(trx.db, failed);
    const missed = { ...range, limit: room - reopened, workspaceId, events };
    const eventIds = await queries.listMissedEvents(trx.db, missed);
    const created = eventIds.map((eventId) => ({ id: generateId(), endpointId, eventId }));
    await queries.insertDueDeliveries(trx.db, created);
    return { deliveries: reopened + eventIds.length };
  });
}
