import type { Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { Role } from '../../core/access.ts';

/** `roleSubquery` of workspaces for `webhook_endpoints.workspace_id`. */
export type RoleOfEndpoint = RawBuilder<Role | null>;

const now = sql<Date>`now()`;

const selectEndpoints = (db: Db) =>
  db
    .selectFrom('webhook_endpoints')
    .select([
      'id',
      'workspace_id as workspaceId',
      'url',
      'events',
      'description',
      'enabled',
      'disabled_reason as disabledReason',
      'log_responses as logResponses',
      'failing_since as failingSince',
      'created_at as createdAt',
      'updated_at as updatedAt',
    ])
    .select(
      sql<Date | null>`case when previous_secret_expires_at > now() then previous_secret_expires_at end`.as(
        'previousSecretExpiresAt',
      ),
    );

export type EndpointRow = Awaited<ReturnType<typeof listEndpointRows>>[number];

export async function listEndpointRows(
  db: Db,
  filter: { workspaces: RawBuilder<string> | string[]; after: string | null; limit: number },
) {
  return selectEndpoints(db)
    .where('workspace_id', 'in', filter.workspaces)
    .$call((query) => (filter.after === null ? query : query.where('id', '>', filter.after)))
    .orderBy('id')
    .limit(filter.limit)
    .execute();
}

export const findEndpointRow = (db: Db, id: string, role: RoleOfEndpoint) =>
  selectEndpoints(db).select(role.as('role')).where('id', '=', id).executeTakeFirst();

export const lockEndpointRow = (trx: Trx, id: string, role: RoleOfEndpoint) =>
  selectEndpoints(trx).select(role.as('role')).where('id', '=', id).forNoKeyUpdate().executeTakeFirst();

/** At most a few dozen, since there are no more types. */
export async function listOpenTypes(trx: Trx, endpointId: string): Promise<string[]> {
  const rows = await trx
    .selectFrom('webhook_deliveries as d')
    .innerJoin('webhook_events as e', 'e.id', 'd.event_id')
    .select('e.type')
    .distinct()
    .where('d.endpoint_id', '=', endpointId)
    .where('d.status', 'in', ['pending', 'waiting'])
    .execute();
  return rows.map(({ type }) => type);
}

export async function countEndpoints(trx: Trx, workspaceId: string): Promise<number> {
  const row = await trx
    .selectFrom('webhook_endpoints')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow();
  return row.count;
}

type EndpointSettings = {
  url: string;
  events: string[];
  description: string | null;
  enabled: boolean;
  logResponses: boolean;
};

export async function insertEndpoint(
  trx: Trx,
  endpoint: EndpointSettings & { id: string; workspaceId: string; secret: Buffer },
): Promise<void> {
  const { workspaceId, logResponses, ...columns } = endpoint;
  await trx
    .insertInto('webhook_endpoints')
    .values({ ...columns, workspace_id: workspaceId, log_responses: logResponses })
    .execute();
}

const FORGIVEN = { disabled_reason: null, failing_since: null, warned_at: null, paused_until: null };

/** `forgive` forgets earlier failures. */
export async function updateEndpoint(
  trx: Trx,
  id: string,
  { logResponses, ...columns }: Partial<EndpointSettings>,
  { forgive }: { forgive: boolean },
): Promise<void> {
  await trx
    .updateTable('webhook_endpoints')
    .set({
      ...columns,
      ...(logResponses !== undefined && { log_responses: logResponses }),
      ...(forgive && FORGIVEN),
      updated_at: now,
    })
    .where('id', '=', id)
    .execute();
}

/** The old secret stays valid for `overlapSeconds`; one that was replaced earlier ends now. */
export async function listEndpointSecrets(db: Db) {
  return db
    .selectFrom('webhook_endpoints')
    .select(['id', 'secret', 'previous_secret as previousSecret'])
    .execute();
}

/** Unless it was rotated meanwhile. */
export async function replaceEndpointSecrets(
  db: Db,
  id: string,
  { before, secret, previousSecret }: { before: Buffer; secret: Buffer; previousSecret: Buffer | null },
): Promise<void> {
  await db
    .updateTable('webhook_endpoints')
    .set({ secret, previous_secret: previousSecret })
    .where('id', '=', id)
    .where('secret', '=', before)
    .execute();
}

export async function replaceSecret(
  trx: Trx,
  id: string,
  { secret, overlapSeconds }: { secret: Buffer; overlapSeconds: number },
): Promise<void> {
  const overlap =
    overlapSeconds > 0
      ? {
          previous_secret: sql<Buffer>`secret`,
          previous_secret_expires_at: sql<Date>`now() + make_interval(secs => ${overlapSeconds})`,
        }
      : { previous_secret: null, previous_secret_expires_at: null };
  await trx
    .updateTable('webhook_endpoints')
    .set({ ...overlap, secret, updated_at: now })
    .where('id', '=', id)
    .execute();
}

/** Its deliveries are left to the worker. */
export async function deleteEndpointRow(trx: Trx, id: string): Promise<void> {
  await trx.deleteFrom('webhook_endpoints').where('id', '=', id).execute();
}

/**
 * Lets the first waiting event of each object take its turn where none holds the line. The caller has locked the
 * endpoint, so that no event joins a line that just became empty.
 */
export async function releaseLines(trx: Trx, endpointId: string, objectId?: string): Promise<void> {
  const ofObject = objectId === undefined ? sql`` : sql`and w.object_id = ${objectId}::uuid`;
  await sql`
    update webhook_deliveries set status = 'pending', holds_line = true, next_attempt_at = now()
    where id in (
      select distinct on (w.object_id) w.id from webhook_deliveries w
      where w.endpoint_id = ${endpointId}::uuid and w.status = 'waiting' ${ofObject}
        and not exists (
          select from webhook_deliveries h
          where h.endpoint_id = w.endpoint_id and h.object_id = w.object_id and h.holds_line
        )
      order by w.object_id, w.sequence
    )`.execute(trx);
}
