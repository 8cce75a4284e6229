import { isUniqueViolation, type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, MemberCtx, TrxCtx, UserCtx } from '../../../core/context.ts';
import { hashWithSha256 } from '../../../core/crypto/crypto.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { AppError } from '../../../core/errors.ts';
import { paginate } from '../../../core/http/pagination.ts';
import { canonicalizeMailbox } from '../../../core/text/mailbox-providers.ts';
import { publishEventsFrom } from '../../events/service.ts';
import { enqueueMailPart } from '../../mail/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { type Account, getAccount, lockAccount } from '../../users/service.ts';
import { countMembers, findMemberRow, memberEventQuery } from '../members/queries.ts';
import { MAX_INVITATIONS, MAX_MEMBERS } from '../policy.ts';
import { insertMemberPart } from '../queries.ts';
import type { Workspace } from '../schema.ts';
import {
  createPersonalWorkspaceError,
  getWorkspace,
  lockWorkspace,
  lockWorkspaces,
  requireAccess,
  requireRole,
  requireTeamRoom,
} from '../service.ts';
import * as queries from './queries.ts';
import type { createInvitationInput, Invitation, InvitationDetails, listInvitationsInput } from './schema.ts';

const toOutput = ({ createdAt, expiresAt, ...row }: queries.InvitationRow): Invitation => ({
  ...row,
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
});

export async function listInvitations(
  ctx: MemberCtx,
  input: z.infer<typeof listInvitationsInput>,
): Promise<Paginated<Invitation>> {
  const { id: workspaceId } = await requireAccess(ctx, input.id);
  return paginate(
    input,
    (after, limit) => queries.listInvitationRows(ctx.db, { workspaceId, after, limit }),
    toOutput,
  );
}

/**
 * The answer is the same whether or not the address has an account. Throws the errors of `requireRole`,
 * `EMAIL_NOT_VERIFIED`, `RATE_LIMITED`, `LIMIT_REACHED`, and `CONFLICT` for a second one to the same mailbox.
 */
export async function createInvitation(
  ctx: MemberCtx,
  input: z.infer<typeof createInvitationInput>,
): Promise<Invitation> {
  const { userId } = ctx.principal;
  const { kind } = await requireAccess(ctx, input.id);
  if (kind === 'personal')
    throw createPersonalWorkspaceError('shared. Create a team and move the page there');
  if (!(await getAccount(ctx, userId)).emailVerified)
    throw new AppError('EMAIL_NOT_VERIFIED', 'Verify your email address before you invite others');
  ctx.reportLimit(await ctx.limiter.consume('invitationsAccount', userId));
  try {
    return await withTransaction(ctx, (trx) => storeInvitation(trx, input));
  } catch (error) {
    if (!isUniqueViolation(error, 'workspace_invitations_one_open_key')) throw error;
    throw new AppError('CONFLICT', 'This address has an open invitation. Revoke it to send another one.');
  }
}

async function storeInvitation(
  ctx: MemberCtx & TrxCtx,
  { id: workspaceId, email, role }: z.infer<typeof createInvitationInput>,
): Promise<Invitation> {
  const { userId } = ctx.principal;
  const { role: ownRole } = await lockWorkspace(ctx, workspaceId);
  if (role === 'owner') requireRole(ctx, ownRole, { action: 'owners:write' });
  await queries.deleteExpiredInvitationsTo(ctx.db, workspaceId);
  if ((await queries.countOpenInvitations(ctx.db, workspaceId)) >= MAX_INVITATIONS) {
    throw new AppError(
      'LIMIT_REACHED',
      `A workspace can have at most ${MAX_INVITATIONS} open invitations. Revoke one to make room.`,
    );
  }
  const id = generateId();
  await queries.insertInvitation(ctx.db, {
    id,
    workspaceId,
    email,
    emailCanonical: canonicalizeMailbox(email),
    role,
    tokenHash: hashWithSha256(ctx.tokenDeriver.invitationToken(id)),
    invitedBy: userId,
  });
  const mail = { template: 'workspace-invitation', to: email, username: '', tokenId: id, role } as const;
  await enqueueMailPart(ctx, mail).execute(ctx.db);
  await recordSecurityEvent(ctx, 'member_invited', { userId, details: { workspaceId, role } });
  return toOutput(await queries.getInvitationRow(ctx.db, workspaceId, id));
}

export async function revokeInvitation(
  ctx: MemberCtx,
  { id, invitationId }: { id: string; invitationId: string },
): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    await lockWorkspace(trx, id);
    if (!(await queries.deleteInvitationRow(trx.db, id, invitationId)))
      throw new AppError('NOT_FOUND', 'Invitation not found');
  });
}

/** A thief who knew the old password may have sent them. */
export const revokeInvitationsOfUser = (ctx: TrxCtx, userId: string): Promise<void> =>
  queries.deleteInvitationsBy(ctx.db, { userId });

const createInvitationExpiredError = () =>
  new AppError(
    'TOKEN_EXPIRED',
    'This invitation is not valid, has expired or was revoked. Ask for another one.',
  );

/** Nothing is shown of an invitation before its mailbox is proven: a forwarded link tells and grants nothing. */
async function requireOwnInvitation(ctx: Pick<AppCtx, 'db'>, token: string, account: Account) {
  const invitation = await queries.findInvitationByToken(ctx.db, hashWithSha256(token));
  if (!invitation) throw createInvitationExpiredError();
  if (canonicalizeMailbox(account.email) !== invitation.emailCanonical) {
    throw new AppError(
      'FORBIDDEN',
      'This invitation was sent to another email address. Sign in with the account of that address.',
    );
  }
  if (!account.emailVerified)
    throw new AppError('EMAIL_NOT_VERIFIED', 'Verify your email address to see and accept the invitation');
  return invitation;
}

/** Throws `TOKEN_EXPIRED`, `FORBIDDEN` to accounts with another address, and `EMAIL_NOT_VERIFIED`. */
export async function getInvitationDetails(
  ctx: UserCtx,
  { token }: { token: string },
): Promise<InvitationDetails> {
  const account = await getAccount(ctx, ctx.principal.userId);
  const { name, role } = await requireOwnInvitation(ctx, token, account);
  return { workspaceName: name, role };
}

/** A member who accepts keeps the role. Throws like `getInvitationDetails`, and `LIMIT_REACHED`. */
export async function acceptInvitation(ctx: UserCtx, { token }: { token: string }): Promise<Workspace> {
  const { userId } = ctx.principal;
  return withTransaction(ctx, async (trx) => {
    const account = await lockAccount(trx, userId);
    const { workspaceId } = await requireOwnInvitation(trx, token, account);
    await lockWorkspaces(trx, [workspaceId]);
    // Again, under the lock: the workspace may have been deleted, or the invitation revoked.
    const { id, role } = await requireOwnInvitation(trx, token, account);
    await queries.deleteInvitationRow(trx.db, workspaceId, id);
    if (!(await findMemberRow(trx.db, workspaceId, userId))) {
      if ((await countMembers(trx.db, workspaceId)) >= MAX_MEMBERS)
        throw new AppError('LIMIT_REACHED', `A workspace can have at most ${MAX_MEMBERS} members`);
      if (role === 'owner') await requireTeamRoom(trx, userId);
      await insertMemberPart({ workspaceId, userId, role }).execute(trx.db);
      await publishEventsFrom(trx, 'member.joined', memberEventQuery(userId, workspaceId));
      await recordSecurityEvent(trx, 'member_joined', { userId, details: { workspaceId, role } });
    }
    return getWorkspace({ ...trx, action: 'workspace:read' }, { id: workspaceId });
  });
}

export const deleteOldInvitations = (ctx: AppCtx): Promise<void> => queries.deleteExpiredInvitations(ctx.db);
