import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import { type Action, findLeastRole, isRoleAllowed, type Role } from '../../core/access.ts';
import type { AppTrxCtx, MemberCtx, Principal, TrxCtx, UserCtx } from '../../core/context.ts';
import { generateCode, generateId } from '../../core/crypto/ids.ts';
import { AppError } from '../../core/errors.ts';
import { findKeyWorkspaceId } from '../../core/principal.ts';
import { paginate } from '../../core/http/pagination.ts';
import { publishEventsFrom } from '../events/service.ts';
import { recordSecurityEvent } from '../security-events/service.ts';
import { lockAccount } from '../users/service.ts';
import { memberEventQuery } from './members/queries.ts';
import { deleteInvitationsBy, deleteInvitationsTo } from './invitations/queries.ts';
import { MAX_OWNED_TEAMS } from './policy.ts';
import * as queries from './queries.ts';
import type {
  createWorkspaceInput,
  listWorkspacesInput,
  Membership,
  updateWorkspaceInput,
  Workspace,
} from './schema.ts';

export {
  allowedWorkspacesSubquery,
  answeredForCondition,
  deleteWorkspaceRows,
  lockExpiredWorkspaces,
  markWorkspaceTrashed,
  roleSubquery,
  unmarkWorkspaceTrashed,
  workspacesByRoleSubquery,
} from './queries.ts';

export const createWorkspaceNotFoundError = () => new AppError('NOT_FOUND', 'Workspace not found');

const toOutput = ({ createdAt, deletedAt, ...row }: queries.WorkspaceRow): Workspace => ({
  ...row,
  createdAt: createdAt.toISOString(),
  deletedAt: deletedAt?.toISOString() ?? null,
});

type Door = { action?: Action; createNotFoundError?: () => AppError };

/**
 * The one door to what a workspace owns. Every service that reads or changes it passes the principal's role in that
 * workspace. Throws `NOT_FOUND` for strangers, and `ROLE_REQUIRED` for members whose role may not do the action.
 */
export function requireRole(
  ctx: MemberCtx,
  role: Role | null | undefined,
  { action = ctx.action, createNotFoundError = createWorkspaceNotFoundError }: Door = {},
): asserts role is Role {
  if (!role) throw createNotFoundError();
  if (isRoleAllowed(role, action)) return;
  const least = findLeastRole(action);
  throw new AppError(
    'ROLE_REQUIRED',
    `This needs the role ${least}${least === 'owner' ? '' : ' or higher'} in the workspace. Your role is ${role}.`,
  );
}

/** The same for a workspace of which the caller knows only the ID. */
export async function requireAccess(ctx: MemberCtx, id: string, door?: Door): Promise<queries.WorkspaceRow> {
  const row = await queries.findWorkspaceRow(ctx.db, id, ctx.principal);
  requireRole(ctx, row?.role, door);
  return row;
}

/** For lists: the one workspace that was asked for, or all in which the principal may do it. Throws like `requireRole`. */
export async function findListedWorkspaces(ctx: MemberCtx, id: string | undefined) {
  if (id === undefined) return queries.allowedWorkspacesSubquery(ctx.principal, ctx.action);
  await requireAccess(ctx, id);
  return [id];
}

/** The role is read under the lock, so that no change of it is missed. Throws like `requireRole`. */
export async function lockWorkspace(
  ctx: MemberCtx & TrxCtx,
  id: string,
  door?: Door,
): Promise<queries.WorkspaceRow> {
  await queries.lockWorkspaceRows(ctx.db, [id]);
  return requireAccess(ctx, id, door);
}

/** In one order, so that two moves in opposite directions do not deadlock. */
export const lockWorkspaces = (ctx: TrxCtx, ids: string[]): Promise<void> =>
  queries.lockWorkspaceRows(ctx.db, ids);

/** A deleted one that can be restored. Throws like `requireRole`. */
export async function lockTrashedWorkspace(
  ctx: MemberCtx & TrxCtx,
  id: string,
): Promise<queries.WorkspaceRow> {
  await queries.lockWorkspaceRows(ctx.db, [id]);
  const row = await queries.findWorkspaceRow(ctx.db, id, ctx.principal, { deleted: true });
  requireRole(ctx, row?.role);
  return row;
}

/** A personal workspace has the ID of its user. */
export const findPersonalWorkspaceId = (userId: string): string => userId;

/** Deleted ones excluded. */
export const ownedWorkspacesSubquery = (userId: string) =>
  queries.allowedWorkspacesSubquery({ userId }, 'workspace:delete');

/** Where the principal makes something without naming a workspace. */
export const findDefaultWorkspaceId = (principal: Principal): string =>
  findKeyWorkspaceId(principal) ?? findPersonalWorkspaceId(principal.userId);

/** Parts of the sign-up statement. */
export const preparePersonalWorkspace = ({ userId, name }: { userId: string; name: string }) => ({
  workspace: queries.insertPersonalWorkspacePart({ userId, name }),
  member: queries.insertMemberPart({ workspaceId: userId, userId, role: 'owner' }),
});

export async function listWorkspaces(
  ctx: UserCtx,
  input: z.infer<typeof listWorkspacesInput>,
): Promise<Paginated<Workspace>> {
  const { principal } = ctx;
  const { deleted } = input;
  return paginate(
    input,
    (after, limit) => queries.listWorkspaceRows(ctx.db, { principal, deleted, after, limit }),
    toOutput,
  );
}

export const getWorkspace = async (ctx: MemberCtx, { id }: { id: string }): Promise<Workspace> =>
  toOutput(await requireAccess(ctx, id));

/** The part of a slug that people recognise; the rest keeps it unique and says nothing about other workspaces. */
function toSlug(name: string): string {
  const words = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim()
    .slice(0, 40)
    .trim();
  return `${words.replaceAll(' ', '-') || 'team'}-${generateCode(8)}`;
}

/** For one more team. The caller has locked the account, before any workspace. Throws `LIMIT_REACHED`. */
export async function requireTeamRoom(ctx: TrxCtx, userId: string): Promise<void> {
  if ((await queries.countOwnedTeams(ctx.db, userId)) < MAX_OWNED_TEAMS) return;
  throw new AppError(
    'LIMIT_REACHED',
    `An account can own at most ${MAX_OWNED_TEAMS} teams, including deleted ones that can still be restored.`,
  );
}

/** Throws `LIMIT_REACHED`. */
export async function createWorkspace(
  ctx: UserCtx,
  { name }: z.infer<typeof createWorkspaceInput>,
): Promise<Workspace> {
  const { userId } = ctx.principal;
  const id = generateId();
  return withTransaction(ctx, async (trx) => {
    await lockAccount(trx, userId);
    await requireTeamRoom(trx, userId);
    await queries.insertTeam(trx.db, { id, name, slug: toSlug(name) });
    await queries.insertMemberPart({ workspaceId: id, userId, role: 'owner' }).execute(trx.db);
    await recordSecurityEvent(trx, 'workspace_created', { userId, details: { workspaceId: id } });
    return getWorkspace({ ...trx, action: 'workspace:read' }, { id });
  });
}

export async function updateWorkspace(
  ctx: MemberCtx,
  { id, name }: z.infer<typeof updateWorkspaceInput>,
): Promise<Workspace> {
  await withTransaction(ctx, async (trx) => {
    await lockWorkspace(trx, id);
    if (name !== undefined) await queries.updateWorkspaceName(trx.db, id, name);
  });
  return getWorkspace(ctx, { id });
}

/** Everything that the user is a member of, for the export of the account. */
export async function listMemberships(ctx: UserCtx): Promise<Membership[]> {
  const rows = await queries.listMembershipRows(ctx.db, ctx.principal);
  return rows.map(({ id, name, kind, role, joinedAt }) => ({
    id,
    name,
    kind,
    role,
    joinedAt: joinedAt.toISOString(),
  }));
}

/**
 * For the deletion of an account, whose lock the caller holds. Returns the workspaces in which nobody else is, for the
 * caller to delete. Throws `LAST_OWNER` if a team would be left without an owner.
 */
export async function leaveAllWorkspaces(
  ctx: AppTrxCtx,
  { userId, emailCanonical }: { userId: string; emailCanonical: string | null },
): Promise<string[]> {
  await queries.lockWorkspaceRows(ctx.db, await queries.listWorkspaceIdsOfUser(ctx.db, userId));
  const [team] = await queries.listTeamsWithoutOtherOwner(ctx.db, userId);
  if (team !== undefined) {
    throw new AppError(
      'LAST_OWNER',
      `You are the last owner of ${team}. Make another member an owner, or delete the workspace first.`,
    );
  }
  await deleteInvitationsBy(ctx.db, { userId });
  if (emailCanonical !== null) await deleteInvitationsTo(ctx.db, emailCanonical);
  await publishEventsFrom(ctx, 'member.left', memberEventQuery(userId));
  return queries.deleteSharedMemberships(ctx.db, userId);
}

export const createPersonalWorkspaceError = (verb: string): AppError =>
  new AppError('CONFLICT', `A personal workspace can't be ${verb}`);
