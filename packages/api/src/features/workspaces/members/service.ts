import { isCheckViolation, type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { Role } from '../../../core/access.ts';
import type { MemberCtx, TrxCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { paginate } from '../../../core/http/pagination.ts';
import { publishEventsFrom } from '../../events/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { deleteInvitationsBy } from '../invitations/queries.ts';
import { lockAccount } from '../../users/service.ts';
import {
  createPersonalWorkspaceError,
  lockWorkspace,
  requireAccess,
  requireRole,
  requireTeamRoom,
} from '../service.ts';
import * as queries from './queries.ts';
import type { listMembersInput, Member, updateMemberInput } from './schema.ts';

const toOutput = ({ id, joinedAt, ...row }: queries.MemberRow): Member => ({
  userId: id,
  ...row,
  joinedAt: joinedAt.toISOString(),
});

export async function listMembers(
  ctx: MemberCtx,
  input: z.infer<typeof listMembersInput>,
): Promise<Paginated<Member>> {
  const { id: workspaceId } = await requireAccess(ctx, input.id);
  const { items, nextCursor } = await paginate(
    input,
    (after, limit) => queries.listMemberRows(ctx.db, { workspaceId, after, limit }),
    (row) => row,
  );
  return { items: items.map(toOutput), nextCursor };
}

async function getMemberRow(ctx: TrxCtx, workspaceId: string, userId: string): Promise<queries.MemberRow> {
  const row = await queries.findMemberRow(ctx.db, workspaceId, userId);
  if (!row) throw new AppError('NOT_FOUND', 'Member not found');
  return row;
}

const toLastOwnerError = (error: unknown): unknown =>
  isCheckViolation(error, 'workspace_keeps_an_owner')
    ? new AppError('LAST_OWNER', 'A workspace needs an owner. Make another member an owner first.')
    : error;

/** Accounts are locked before workspaces. */
async function lockFutureOwner(ctx: MemberCtx & TrxCtx, workspaceId: string, userId: string): Promise<void> {
  await requireAccess(ctx, workspaceId);
  await getMemberRow(ctx, workspaceId, userId);
  await lockAccount(ctx, userId);
}

/** Ownership changes only in a session that has just proven to be its owner's. */
async function requireOwner(ctx: MemberCtx & TrxCtx, role: Role): Promise<void> {
  requireRole(ctx, role, { action: 'owners:write' });
  await ctx.requireFreshProof(ctx);
}

/** Only owners appoint owners or change their role. Throws `NOT_FOUND`, `ROLE_REQUIRED`, `REAUTHENTICATION_REQUIRED`, `LAST_OWNER`, `LIMIT_REACHED`. */
export async function updateMember(
  ctx: MemberCtx,
  { id, userId, role }: z.infer<typeof updateMemberInput>,
): Promise<Member> {
  try {
    return await withTransaction(ctx, async (trx) => {
      if (role === 'owner') await lockFutureOwner(trx, id, userId);
      const own = await lockWorkspace(trx, id);
      const before = await getMemberRow(trx, id, userId);
      if (role === before.role) return toOutput(before);
      if ([role, before.role].includes('owner')) await requireOwner(trx, own.role);
      if (role === 'owner') await requireTeamRoom(trx, userId);
      await queries.updateMemberRole(trx.db, id, userId, role);
      // Invitations of someone who may no longer invite must not work.
      await deleteInvitationsBy(trx.db, { userId, workspaceId: id });
      const details = { workspaceId: id, role };
      await recordSecurityEvent(trx, 'member_role_changed', { ...findSubject(ctx, userId), details });
      return toOutput({ ...before, role });
    });
  } catch (error) {
    throw toLastOwnerError(error);
  }
}

const findSubject = ({ principal }: MemberCtx, userId: string) =>
  principal.userId === userId ? { userId } : { userId, actorId: principal.userId };

/** Members may always leave. Throws `NOT_FOUND`, `ROLE_REQUIRED`, `LAST_OWNER`, and `CONFLICT` if it is personal. */
export async function removeMember(
  ctx: MemberCtx,
  { id, userId }: { id: string; userId: string },
): Promise<void> {
  const isLeaving = userId === ctx.principal.userId;
  try {
    await withTransaction(ctx, async (trx) => {
      const own = await lockWorkspace(trx, id, isLeaving ? { action: 'workspace:read' } : {});
      if (own.kind === 'personal') throw createPersonalWorkspaceError('left');
      const { role } = await getMemberRow(trx, id, userId);
      if (role === 'owner' && !isLeaving) await requireOwner(trx, own.role);
      await publishEventsFrom(trx, 'member.left', queries.memberEventQuery(userId, id));
      await queries.deleteMemberRow(trx.db, id, userId);
      await deleteInvitationsBy(trx.db, { userId, workspaceId: id });
      const type = isLeaving ? 'member_left' : 'member_removed';
      await recordSecurityEvent(trx, type, { ...findSubject(ctx, userId), details: { workspaceId: id } });
    });
  } catch (error) {
    throw toLastOwnerError(error);
  }
}
