import { daysAgoPart, type Db, deleteExpiredRows, isoTimePart, type Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { Role, Scope } from '../../core/access.ts';
import { ENDED_KEY_RETENTION_DAYS } from './policy.ts';

const now = sql<Date>`now()`;

export type NewKey = {
  id: string;
  workspaceId: string;
  createdBy: string;
  name: string;
  start: string;
  hash: Buffer;
  scopes: readonly Scope[];
  allowedNetworks: readonly string[];
  countries: readonly string[];
  expiresAt: Date | null;
};

const toNetworks = (networks: readonly string[]) => sql<string[]>`${[...networks]}::text[]::cidr[]`;

export async function insertKey(trx: Trx, key: NewKey): Promise<void> {
  await sql`
    insert into api_keys
      (id, workspace_id, created_by, name, start, hash, scopes, allowed_networks, countries, expires_at)
    values (${key.id}, ${key.workspaceId}, ${key.createdBy}, ${key.name}, ${key.start}, ${key.hash},
      ${[...key.scopes]}::text[], ${toNetworks(key.allowedNetworks)}, ${[...key.countries]}::text[],
      ${key.expiresAt}::timestamptz)`.execute(trx);
}

const selectKeys = (db: Db) =>
  db
    .selectFrom('api_keys as k')
    .select(['k.id', 'k.workspace_id as workspaceId', 'k.created_by as createdBy', 'k.name', 'k.start'])
    .select(['k.scopes', 'k.allowed_networks as allowedNetworks', 'k.expires_at as expiresAt'])
    .select(['k.ends_at as endsAt', 'k.last_used_at as lastUsedAt', 'k.created_at as createdAt'])
    // Expired ones are shown until they are deleted.
    .where('k.revoked_at', 'is', null)
    .where((eb) => eb.or([eb('k.ends_at', 'is', null), eb('k.ends_at', '>', now)]))
    // Every write goes through the zod schema.
    .$narrowType<{ scopes: Scope[] }>();

export type KeyRow = Awaited<ReturnType<typeof listKeyRows>>[number];

export async function listKeyRows(
  db: Db,
  filter: {
    workspaces?: string[] | RawBuilder<string>;
    createdBy?: string;
    before: string | null;
    limit: number;
  },
) {
  const { workspaces, createdBy, before, limit } = filter;
  return selectKeys(db)
    .$call((query) => (workspaces ? query.where('k.workspace_id', 'in', workspaces) : query))
    .$call((query) => (createdBy === undefined ? query : query.where('k.created_by', '=', createdBy)))
    .$call((query) => (before === null ? query : query.where('k.id', '<', before)))
    .orderBy('k.id', 'desc')
    .limit(limit)
    .execute();
}

/** `role` is the principal's in the key's workspace. */
export async function findKeyRow(db: Db, id: string, role: RawBuilder<Role | null>) {
  return selectKeys(db).select(role.as('role')).where('k.id', '=', id).executeTakeFirst();
}

export async function lockKeyRow(trx: Trx, id: string, role: RawBuilder<Role | null>) {
  return selectKeys(trx)
    .select(role.as('role'))
    .select(['k.hash', 'k.countries'])
    .where('k.id', '=', id)
    .forNoKeyUpdate('k')
    .executeTakeFirst();
}

export async function countKeys(trx: Trx, workspaceId: string): Promise<number> {
  const row = await trx
    .selectFrom('api_keys')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', now)]))
    .executeTakeFirstOrThrow();
  return row.count;
}

export type KeyChange = {
  name?: string;
  scopes?: Scope[];
  expiresAt?: Date | null;
  allowedNetworks?: string[];
};

export async function updateKeyRow(trx: Trx, id: string, change: KeyChange): Promise<void> {
  const { name, scopes, expiresAt, allowedNetworks } = change;
  await sql`
    update api_keys set
      name = coalesce(${name ?? null}::text, name),
      scopes = coalesce(${scopes ?? null}::text[], scopes),
      allowed_networks = coalesce(${allowedNetworks ?? null}::text[]::cidr[], allowed_networks),
      expires_at = case when ${expiresAt !== undefined}::boolean then ${expiresAt ?? null}::timestamptz
        else expires_at end
    where id = ${id}`.execute(trx);
}

export async function markKeyReplaced(trx: Trx, id: string, graceSeconds: number): Promise<void> {
  await trx
    .updateTable('api_keys')
    .set({ ends_at: sql<Date>`now() + make_interval(secs => ${graceSeconds})` })
    .where('id', '=', id)
    .execute();
}

export async function markKeyRevoked(trx: Trx, id: string): Promise<void> {
  await trx.updateTable('api_keys').set({ revoked_at: now }).where('id', '=', id).execute();
}

/** For `publishEventsFrom`: the key as it is now. */
export const keyEventQuery = (id: string) => sql`
  select k.workspace_id, k.id as object_id, json_build_object(
    'id', k.id, 'workspaceId', k.workspace_id, 'createdBy', k.created_by, 'name', k.name, 'start', k.start,
    'scopes', k.scopes, 'expiresAt', ${isoTimePart(sql`k.expires_at`)},
    'endsAt', ${isoTimePart(sql`least(k.ends_at, k.revoked_at)`)}
  ) as data
  from api_keys k where k.id = ${id}::uuid`;

export const deleteEndedKeyRows = (db: Db): Promise<void> =>
  deleteExpiredRows(db, {
    table: 'api_keys',
    by: sql`least(expires_at, ends_at, revoked_at)`,
    before: daysAgoPart(ENDED_KEY_RETENTION_DAYS),
  });
