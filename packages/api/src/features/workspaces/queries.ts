import { type Db, type InsertPart, insertPart, type Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import { type Action, listRolesAllowed, type Role } from '../../core/access.ts';
import type { Principal } from '../../core/context.ts';
import { findKeyWorkspaceId } from '../../core/principal.ts';
import { WORKSPACE_TRASH_DAYS } from './policy.ts';

const trashStart = sql<Date>`now() - make_interval(days => ${WORKSPACE_TRASH_DAYS})`;
const now = sql<Date>`now()`;

/** An API key reaches its own workspace only, and has its ID as `workspaceId`. */
type Reach = { userId: string; workspaceId?: string };

const reachPart = ({ workspaceId }: Reach) =>
  workspaceId === undefined ? sql`` : sql`and w.id = ${workspaceId}::uuid`;

/**
 * The role of the principal in the workspace that the column names; null in deleted ones, for strangers, and for keys
 * of other workspaces.
 */
export const roleSubquery = (principal: Principal, workspaceColumn: string) => sql<Role | null>`(
  select m.role from workspace_members m join workspaces w on w.id = m.workspace_id
  where m.workspace_id = ${sql.ref(workspaceColumn)} and m.user_id = ${principal.userId}::uuid
    and w.deleted_at is null ${reachPart(principal)}
)`;

/** One owner who is not suspended answers for what a workspace shows to strangers. */
export const answeredForCondition = (workspaceColumn: string) => sql<boolean>`exists (
  select from workspaces w
    join workspace_members m on m.workspace_id = w.id and m.role = 'owner'
    join users u on u.id = m.user_id
  where w.id = ${sql.ref(workspaceColumn)} and w.deleted_at is null and u.suspended_at is null
)`;

type Value<T> = T | RawBuilder<T>;

/** The workspaces in which a user has one of the roles, or the one of them that an API key reaches. */
export const workspacesByRoleSubquery = (who: {
  userId: Value<string>;
  workspaceId: Value<string | null>;
  roles: Value<readonly Role[]>;
}) => sql<string>`(
  select m.workspace_id from workspace_members m join workspaces w on w.id = m.workspace_id
  where m.user_id = ${who.userId}::uuid and m.role = any(${who.roles}::text[])
    and w.deleted_at is null and coalesce(w.id = ${who.workspaceId}::uuid, true)
)`;

/** The workspaces in which a user, or a principal within its reach, may do it. */
export const allowedWorkspacesSubquery = ({ userId, workspaceId }: Reach, action: Action) =>
  workspacesByRoleSubquery({ userId, workspaceId: workspaceId ?? null, roles: listRolesAllowed(action) });

/** In a sign-up, and only there, the workspace is made together with its user. */
export const insertPersonalWorkspacePart = ({ userId, name }: { userId: string; name: string }): InsertPart =>
  insertPart`
  insert into workspaces (id, user_id, kind, name, slug)
  select ${userId}::uuid, ${userId}::uuid, 'personal', ${name}::text, 'personal'`;

export const insertMemberPart = (member: { workspaceId: string; userId: string; role: Role }): InsertPart =>
  insertPart`
  insert into workspace_members (workspace_id, user_id, role)
  select ${member.workspaceId}::uuid, ${member.userId}::uuid, ${member.role}::text`;

/** Throws the unique violation `workspaces_slug_key`. */
export async function insertTeam(trx: Trx, team: { id: string; name: string; slug: string }): Promise<void> {
  await trx
    .insertInto('workspaces')
    .values({ ...team, kind: 'team' })
    .execute();
}

/** Deleted ones included. */
function selectWorkspaces(db: Db, principal: Principal) {
  const only = findKeyWorkspaceId(principal);
  return db
    .selectFrom('workspaces as w')
    .innerJoin('workspace_members as m', 'm.workspace_id', 'w.id')
    .select(['w.id', 'w.name', 'w.slug', 'w.kind', 'm.role'])
    .select(['w.created_at as createdAt', 'w.deleted_at as deletedAt'])
    .where('m.user_id', '=', principal.userId)
    .$call((query) => (only === undefined ? query : query.where('w.id', '=', only)));
}

export type WorkspaceRow = NonNullable<Awaited<ReturnType<typeof findWorkspaceRow>>>;

export async function findWorkspaceRow(db: Db, id: string, principal: Principal, { deleted = false } = {}) {
  return selectWorkspaces(db, principal)
    .where('w.id', '=', id)
    .$call((query) =>
      deleted ? query.where('w.deleted_at', '>', trashStart) : query.where('w.deleted_at', 'is', null),
    )
    .executeTakeFirst();
}

export async function listWorkspaceRows(
  db: Db,
  filter: { principal: Principal; deleted: boolean; after: string | null; limit: number },
) {
  return selectWorkspaces(db, filter.principal)
    .$call((query) =>
      filter.deleted
        ? query
            .where('w.deleted_at', '>', trashStart)
            .where('m.role', 'in', listRolesAllowed('workspace:delete'))
        : query.where('w.deleted_at', 'is', null),
    )
    .$call((query) => (filter.after === null ? query : query.where('w.id', '>', filter.after)))
    .orderBy('w.id')
    .limit(filter.limit)
    .execute();
}

export const listMembershipRows = (db: Db, principal: Principal) =>
  selectWorkspaces(db, principal)
    .select('m.joined_at as joinedAt')
    .where('w.deleted_at', 'is', null)
    .orderBy('w.id')
    .execute();

/** Serializes changes to the members, pages and handles of a workspace. In one order, so that there is no deadlock. */
export async function lockWorkspaceRows(trx: Trx, ids: string[]): Promise<void> {
  await trx
    .selectFrom('workspaces')
    .select('id')
    .where('id', 'in', ids)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
}

export async function countOwnedTeams(trx: Trx, userId: string): Promise<number> {
  const row = await trx
    .selectFrom('workspace_members as m')
    .innerJoin('workspaces as w', 'w.id', 'm.workspace_id')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('m.user_id', '=', userId)
    .where('m.role', '=', 'owner')
    .where('w.kind', '=', 'team')
    .executeTakeFirstOrThrow();
  return row.count;
}

export async function updateWorkspaceName(trx: Trx, id: string, name: string): Promise<void> {
  await trx.updateTable('workspaces').set({ name }).where('id', '=', id).execute();
}

export async function markWorkspaceTrashed(trx: Trx, id: string): Promise<void> {
  await trx.updateTable('workspaces').set({ deleted_at: now }).where('id', '=', id).execute();
}

export async function unmarkWorkspaceTrashed(trx: Trx, id: string): Promise<void> {
  await trx.updateTable('workspaces').set({ deleted_at: null }).where('id', '=', id).execute();
}

export async function listWorkspaceIdsOfUser(db: Db, userId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('workspace_members')
    .select('workspace_id as id')
    .where('user_id', '=', userId)
    .execute();
  return rows.map(({ id }) => id);
}

const othersSubquery = (userId: string) => sql`
  select from workspace_members o where o.workspace_id = m.workspace_id and o.user_id <> ${userId}`;

/** Teams in use that would have members and no owner without this user. */
export async function listTeamsWithoutOtherOwner(trx: Trx, userId: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select w.name from workspace_members m join workspaces w on w.id = m.workspace_id
    where m.user_id = ${userId} and m.role = 'owner' and w.deleted_at is null
      and exists (${othersSubquery(userId)}) and not exists (${othersSubquery(userId)} and o.role = 'owner')
    order by w.id`.execute(trx);
  return rows.map(({ name }) => name);
}

/** Leaves the user in the workspaces without another member, and returns their IDs. */
export async function deleteSharedMemberships(trx: Trx, userId: string): Promise<string[]> {
  await sql`
    delete from workspace_members m where m.user_id = ${userId} and exists (${othersSubquery(userId)})`.execute(
    trx,
  );
  return listWorkspaceIdsOfUser(trx, userId);
}

/** Skips workspaces that another worker holds. */
export async function lockExpiredWorkspaces(trx: Trx, limit: number): Promise<string[]> {
  const rows = await trx
    .selectFrom('workspaces')
    .select('id')
    .where('deleted_at', '<=', trashStart)
    .orderBy('deleted_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
  return rows.map(({ id }) => id);
}

/** With their members and invitations. Their pages must be gone. */
export async function deleteWorkspaceRows(trx: Trx, ids: string[]): Promise<void> {
  await trx.deleteFrom('workspaces').where('id', 'in', ids).execute();
}
