import { type Db, deleteExpiredRows, type HandleState, sqlPart, type SqlPart, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { HANDLE_HOLD_DAYS } from '../policy.ts';

const ownedWorkspacesSubquery = (userId: string) => sql<string>`(
  select workspace_id from workspace_members where user_id = ${userId}::uuid and role = 'owner'
)`;

const endOfHold = sql<Date>`now() + make_interval(days => ${HANDLE_HOLD_DAYS})`;
const fold = (handle: string) => handle.toLowerCase();

export type HandleClaim = { handle: string; workspaceId: string; pageId: string };
/** `workspaceId` is the user's personal one. */
export type UsernameClaim = { username: string; workspaceId: string };

const taking = ({ handle, workspaceId, pageId }: HandleClaim) => sql`
  insert into handles as h (handle, state, workspace_id, page_id)
  select ${fold(handle)}::text, 'active', ${workspaceId}::uuid, ${pageId}::uuid`;

/** A row that nobody has, that was kept until now, or that the workspace had before. */
const isFree = ({ workspaceId }: HandleClaim) => sql`(
  h.state in ('renamed', 'held')
  and (h.until <= now() or h.workspace_id = ${workspaceId}::uuid)
)`;

const taken = sql`state = 'active', workspace_id = excluded.workspace_id, page_id = excluded.page_id, owner_hmac = null`;

const usernameColumn = sql`lower(u.username collate "C")`;
/**
 * Covers names whose row has expired, and users that an older server renamed. A page may have moved here under its
 * owner's username, which then stays a handle of this workspace.
 */
const isUsernameOfAnother = ({ handle, workspaceId }: HandleClaim) => sql`exists (
  select from users u where ${usernameColumn} = ${fold(handle)} and u.id <> ${workspaceId}::uuid
) and not exists (
  select from handles own where own.handle = ${fold(handle)} and own.workspace_id = ${workspaceId}::uuid
    and coalesce(own.until > now(), true)
)`;

/** The address of a page that was taken down shows no other page. */
const isOfTakenDownPage = ({ pageId }: HandleClaim) => sql`exists (
  select from page_takedowns t
  where t.page_id = h.page_id and t.page_id <> ${pageId}::uuid and t.restored_at is null
)`;

/** False if the name is reserved, held for someone else, the username of someone else, or in use by any page. */
export async function claimHandle(trx: Trx, wanted: HandleClaim): Promise<boolean> {
  const { rows } = await sql`
    ${taking(wanted)} where not (${isUsernameOfAnother(wanted)})
    on conflict (handle) do update set ${taken}, until = null
      where ${isFree(wanted)} and not ${isOfTakenDownPage(wanted)}
    returning handle`.execute(trx);
  return rows.length > 0;
}

/** Part of the sign-up statement. A handle that is not free violates `handles_by_state`, and the statement fails. */
export const claimHandlePart = (wanted: HandleClaim): SqlPart<'account'> => sqlPart<'account'>`
  ${taking(wanted)} from account
  on conflict (handle) do update set ${taken}, until = case when ${isFree(wanted)} then null else now() end`;

/** The state of a handle of the user's own workspace stays; any other name is held without an end. False if it is not free. */
export async function claimUsername(trx: Trx, { username, workspaceId }: UsernameClaim): Promise<boolean> {
  const isInUse = sql`h.workspace_id = excluded.workspace_id and h.state in ('active', 'renamed')`;
  const { rows } = await sql`
    insert into handles as h (handle, state, workspace_id) values (${fold(username)}, 'held', ${workspaceId})
    on conflict (handle) do update set workspace_id = excluded.workspace_id, owner_hmac = null,
      state = case when ${isInUse} then h.state else 'held' end,
      page_id = case when ${isInUse} then h.page_id end,
      until = case when ${isInUse} then h.until end
      where h.state <> 'reserved' and (h.workspace_id = excluded.workspace_id or h.until <= now())
    returning handle`.execute(trx);
  return rows.length > 0;
}

export async function holdUsername(trx: Trx, { username, workspaceId }: UsernameClaim): Promise<void> {
  await sql`
    insert into handles as h (handle, state, workspace_id, until)
    values (${fold(username)}, 'held', ${workspaceId}, ${endOfHold})
    on conflict (handle) do update
      set until = case when h.state <> 'active' then greatest(h.until, excluded.until) end
      where h.workspace_id = excluded.workspace_id`.execute(trx);
}

/** Alphabetical order, so that two pages swapping handles wait for each other without a deadlock. */
export async function lockHandles(trx: Trx, handles: string[]): Promise<void> {
  await trx
    .selectFrom('handles')
    .select('handle')
    .where('handle', 'in', handles.map(fold))
    .orderBy('handle')
    .forUpdate()
    .execute();
}

/** `renamed` redirects to the page's next handle, `held` keeps the name for the workspace. */
export async function retireHandles(trx: Trx, pageId: string, state: 'renamed' | 'held'): Promise<void> {
  await trx
    .updateTable('handles')
    .set({ state, until: endOfHold })
    .where('page_id', '=', pageId)
    .where('state', '=', 'active')
    .execute();
}

export async function countHandlesOfWorkspace(trx: Trx, workspaceId: string): Promise<number> {
  const row = await trx
    .selectFrom('handles')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .where(sql<boolean>`(state = 'active' or until > now())`)
    .executeTakeFirstOrThrow();
  return row.count;
}

export type HandlesOf = { pageId: string } | { workspaceId: string } | { ownerId: string };

/** `ownerId`: those of every workspace that the user owns. */
export async function listHandleRows(db: Db, of: HandlesOf) {
  return (
    db
      .selectFrom('handles')
      .select(['handle', 'state', 'until'])
      // A reserved handle belongs to no page and no user.
      .$narrowType<{ state: Exclude<HandleState, 'reserved'> }>()
      .$call((query) =>
        'pageId' in of
          ? query.where('page_id', '=', of.pageId)
          : 'workspaceId' in of
            ? query.where('workspace_id', '=', of.workspaceId)
            : query.where('workspace_id', 'in', ownedWorkspacesSubquery(of.ownerId)),
      )
      .orderBy('handle')
      .execute()
  );
}

/** `state` is undefined for a username that no page uses. */
export async function findHandle(db: Db, handle: string) {
  const { rows } = await sql<{ state: HandleState | null; workspaceId: string | null }>`
    select case when u.id is null or h.state = 'active' then h.state end as state,
      coalesce(u.id, h.workspace_id) as "workspaceId"
    from (values (${fold(handle)})) n (name)
      left join handles h on h.handle = n.name and coalesce(h.until > now(), true)
      left join users u on ${usernameColumn} = n.name
    where h.handle is not null or u.id is not null`.execute(db);
  return rows[0];
}

/** Holds the names for the next account that verifies the same email address; for nobody if `emailHmac` is null. */
export async function holdHandlesOfWorkspaces(
  trx: Trx,
  workspaceIds: string[],
  emailHmac: Buffer | null,
): Promise<void> {
  await trx
    .updateTable('handles')
    .set({ state: 'held', until: endOfHold, workspace_id: null, page_id: null, owner_hmac: emailHmac })
    .where('workspace_id', 'in', workspaceIds)
    .execute();
}

export async function deleteHandlesOfWorkspaces(trx: Trx, workspaceIds: string[]): Promise<void> {
  await trx.deleteFrom('handles').where('workspace_id', 'in', workspaceIds).execute();
}

export async function returnHandlesByEmail(trx: Trx, workspaceId: string, emailHmac: Buffer): Promise<void> {
  await trx
    .updateTable('handles')
    .set({ workspace_id: workspaceId, owner_hmac: null })
    .where('owner_hmac', '=', emailHmac)
    .execute();
}

/** The old handles are held until the redirect would have ended. */
export async function holdRenamedHandlesOfPages(trx: Trx, pageIds: string[]): Promise<void> {
  await trx
    .updateTable('handles')
    .set({ state: 'held' })
    .where('state', '=', 'renamed')
    .where('page_id', 'in', pageIds)
    .execute();
}

export const deleteExpiredHandleRows = (db: Db): Promise<void> =>
  deleteExpiredRows(db, {
    table: 'handles',
    by: sql`until`,
    before: sql<Date>`now()`,
    and: sql<boolean>`not exists (select from users u where ${usernameColumn} = handles.handle)`,
  });
