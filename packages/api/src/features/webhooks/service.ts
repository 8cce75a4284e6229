import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { Role } from '../../core/access.ts';
import type { AppCtx, AppTrxCtx, MemberCtx, UserCtx } from '../../core/context.ts';
import { generateId } from '../../core/crypto/ids.ts';
import { generateWebhookSecret } from '../../core/crypto/webhook-signatures.ts';
import { checkDestination } from '../../core/egress/judge.ts';
import { AppError } from '../../core/errors.ts';
import { type PageRequest, paginate } from '../../core/http/pagination.ts';
import { pickDefined } from '../../core/objects.ts';
import { buildEventJsonSchema, createExampleBody, EVENT_TYPES, EVENTS } from '../events/schema.ts';
import { findEventScope } from '../events/service.ts';
import {
  findListedWorkspaces,
  findDefaultWorkspaceId,
  lockWorkspace,
  ownedWorkspacesSubquery,
  requireRole,
  roleSubquery,
} from '../workspaces/service.ts';
import { requireEventAccess } from './access/service.ts';
import { MAX_ENDPOINTS } from './policy.ts';
import * as queries from './queries.ts';
import {
  type CreatedWebhook,
  type createWebhookInput,
  type EventTypeList,
  type listWebhooksInput,
  parseOverlap,
  type rotateSecretInput,
  type updateWebhookInput,
  type Webhook,
} from './schema.ts';

export { requireEventScopes } from './access/service.ts';

const createWebhookNotFoundError = () => new AppError('NOT_FOUND', 'Webhook not found');

const toOutput = (row: queries.EndpointRow): Webhook => ({
  ...row,
  failingSince: row.failingSince?.toISOString() ?? null,
  previousSecretExpiresAt: row.previousSecretExpiresAt?.toISOString() ?? null,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
});

type FoundRow = Awaited<ReturnType<typeof queries.findEndpointRow>>;
type EndpointWithRole = queries.EndpointRow & { role: Role };

function requireEndpointRow(ctx: MemberCtx, found: FoundRow): EndpointWithRole {
  if (!found) throw createWebhookNotFoundError();
  const { role, ...row } = found;
  requireRole(ctx, role, { createNotFoundError: createWebhookNotFoundError });
  return { ...row, role };
}

const roleOfEndpoint = ({ principal }: MemberCtx): queries.RoleOfEndpoint =>
  roleSubquery(principal, 'webhook_endpoints.workspace_id');

/** Throws like `requireRole`. */
export const requireEndpoint = async (ctx: MemberCtx, id: string): Promise<EndpointWithRole> =>
  requireEndpointRow(ctx, await queries.findEndpointRow(ctx.db, id, roleOfEndpoint(ctx)));

/** Throws like `requireRole`. */
export const lockEndpoint = async (ctx: MemberCtx & AppTrxCtx, id: string): Promise<EndpointWithRole> =>
  requireEndpointRow(ctx, await queries.lockEndpointRow(ctx.db, id, roleOfEndpoint(ctx)));

/** Asks DNS, so never call it in a transaction. Throws `WEBHOOK_URL_REFUSED`. */
export async function requireDeliverableUrl(ctx: AppCtx, url: string): Promise<void> {
  const judged = await checkDestination(ctx, url);
  if ('refusal' in judged) throw new AppError('WEBHOOK_URL_REFUSED', judged.refusal);
}

export async function listWebhooks(
  ctx: MemberCtx,
  input: z.infer<typeof listWebhooksInput>,
): Promise<Paginated<Webhook>> {
  const { workspaceId } = input;
  const workspaces = await findListedWorkspaces(ctx, workspaceId);
  return paginate(
    input,
    (after, limit) => queries.listEndpointRows(ctx.db, { workspaces, after, limit }),
    toOutput,
  );
}

/** For the export of the account: of every workspace that the user owns, teams included, without their secrets. */
export function listOwnedWebhooks(ctx: UserCtx, page: PageRequest): Promise<Paginated<Webhook>> {
  const workspaces = ownedWorkspacesSubquery(ctx.principal.userId);
  return paginate(
    page,
    (after, limit) => queries.listEndpointRows(ctx.db, { workspaces, after, limit }),
    toOutput,
  );
}

export async function getWebhook(ctx: MemberCtx, { id }: { id: string }): Promise<Webhook> {
  const { role: _, ...row } = await requireEndpoint(ctx, id);
  return toOutput(row);
}

/** The URL has been judged. Throws like `requireEventAccess`, and `LIMIT_REACHED`. */
export async function createWebhook(
  ctx: MemberCtx,
  input: z.infer<typeof createWebhookInput>,
): Promise<CreatedWebhook> {
  const { workspaceId = findDefaultWorkspaceId(ctx.principal), description = null, ...settings } = input;
  const [id, secret] = [generateId(), generateWebhookSecret()];
  return withTransaction(ctx, async (trx) => {
    const { role } = await lockWorkspace(trx, workspaceId);
    requireEventAccess(trx, role, input.events);
    if ((await queries.countEndpoints(trx.db, workspaceId)) >= MAX_ENDPOINTS) {
      throw new AppError(
        'LIMIT_REACHED',
        `A workspace can have at most ${MAX_ENDPOINTS} webhooks. Delete one to make room.`,
      );
    }
    const encrypted = ctx.secretBox.seal('webhookSecret', id, secret);
    await queries.insertEndpoint(trx.db, { ...settings, id, workspaceId, description, secret: encrypted });
    return { ...(await getWebhook(trx, { id })), secret };
  });
}

/** Open deliveries follow a change of the URL, so their types count too. */
async function lockManagedEndpoint(
  ctx: MemberCtx & AppTrxCtx,
  id: string,
  events?: string[],
): Promise<EndpointWithRole> {
  const endpoint = await lockEndpoint(ctx, id);
  const open = await queries.listOpenTypes(ctx.db, id);
  requireEventAccess(ctx, endpoint.role, [...(events ?? endpoint.events), ...open]);
  return endpoint;
}

/** Throws like `requireEventAccess`, and `WEBHOOK_URL_REFUSED`. */
export async function updateWebhook(
  ctx: MemberCtx,
  { id, ...input }: z.infer<typeof updateWebhookInput>,
): Promise<Webhook> {
  await requireEndpoint(ctx, id);
  if (input.url !== undefined) await requireDeliverableUrl(ctx, input.url);
  return withTransaction(ctx, async (trx) => {
    const before = await lockManagedEndpoint(trx, id, input.events);
    const isMoved = input.url !== undefined && input.url !== before.url;
    const isEnabled = input.enabled === true && !before.enabled;
    await queries.updateEndpoint(trx.db, id, pickDefined(input), { forgive: isMoved || isEnabled });
    if (isEnabled) await queries.releaseLines(trx.db, id);
    return getWebhook(trx, { id });
  });
}

export async function deleteWebhook(ctx: MemberCtx, { id }: { id: string }): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    await lockEndpoint(trx, id);
    await queries.deleteEndpointRow(trx.db, id);
  });
}

export async function rotateWebhookSecret(
  ctx: MemberCtx,
  { id, overlap }: z.infer<typeof rotateSecretInput>,
): Promise<{ secret: string }> {
  const secret = generateWebhookSecret();
  const overlapSeconds = parseOverlap(overlap) ?? 0;
  await withTransaction(ctx, async (trx) => {
    await lockManagedEndpoint(trx, id);
    const encrypted = ctx.secretBox.seal('webhookSecret', id, secret);
    await queries.replaceSecret(trx.db, id, { secret: encrypted, overlapSeconds });
  });
  return { secret };
}

export const listEventTypes = (): EventTypeList => ({
  items: EVENT_TYPES.map((type) => ({
    type,
    description: EVENTS[type].description,
    scope: findEventScope(type, { isPersonal: true }),
    schema: buildEventJsonSchema(type),
    exampleBody: createExampleBody(type),
  })),
});

/** With the current pepper. Returns how many endpoints. */
export async function resealWebhookSecrets({
  db,
  secretBox,
}: Pick<AppCtx, 'db' | 'secretBox'>): Promise<number> {
  const reseal = (id: string, sealed: Buffer): Buffer =>
    secretBox.seal('webhookSecret', id, secretBox.open('webhookSecret', id, sealed));
  const endpoints = await queries.listEndpointSecrets(db);
  for (const { id, secret: before, previousSecret } of endpoints)
    await queries.replaceEndpointSecrets(db, id, {
      before,
      secret: reseal(id, before),
      previousSecret: previousSecret && reseal(id, previousSecret),
    });
  return endpoints.length;
}
