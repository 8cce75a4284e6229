import { type Paginated, withTransaction } from '@linkgrove/db';
import type { UserCtx } from '../../core/context.ts';
import { AppError } from '../../core/errors.ts';
import { paginate } from '../../core/http/pagination.ts';
import { sendEmailToken } from '../auth/email-token/service.ts';
import { storeInvitedUser } from '../auth/registration/service.ts';
import { removeFactorOfUser } from '../auth/second-factor/service.ts';
import { endAllSessions } from '../auth/session/service.ts';
import { enqueueSecurityMail } from '../mail/service.ts';
import { invalidateCachedPages } from '../pages/handles/service.ts';
import { qualifyReferral } from '../referrals/service.ts';
import { recordSecurityEvent } from '../security-events/service.ts';
import * as users from '../users/service.ts';
import { endImpersonationsOf } from './impersonation/service.ts';
import * as queries from './queries.ts';
import type { AdminUser, AdminUserDetails, ListUsersInput } from './schema.ts';
import { toAdminUser } from './view/service.ts';

const toDetails = (reason: string | undefined) => (reason === undefined ? {} : { details: { reason } });

/** The search is recorded without its text, which may be an address. */
export async function listUsers(ctx: UserCtx, input: ListUsersInput): Promise<Paginated<AdminUser>> {
  const { q, role, status } = input;
  await recordSecurityEvent(ctx, 'users_searched', {
    userId: null,
    details: { byText: q !== undefined, role: role ?? null, status: status ?? null },
  });
  return paginate(
    input,
    (before, limit) => queries.listUserRows(ctx.db, { q, role, status, before, limit }),
    toAdminUser,
  );
}

/** The user can see the look-up in their events. Throws `NOT_FOUND`. */
export async function lookUpUser(ctx: UserCtx, { id }: { id: string }): Promise<AdminUserDetails> {
  const found = await queries.findUserDetails(ctx.db, id);
  if (!found) throw new AppError('NOT_FOUND', 'User not found');
  await recordSecurityEvent(ctx, 'looked_up', { userId: id });
  const { suspendedAt, lastSignInAt, createdAt: _createdAt, ...details } = found;
  return {
    ...details,
    ...toAdminUser(found),
    suspendedAt: suspendedAt?.toISOString() ?? null,
    lastSignInAt: lastSignInAt?.toISOString() ?? null,
  };
}

/** No administrator knows the password: a mailed link sets it. Throws `EMAIL_TAKEN`, `USERNAME_TAKEN`, `VALIDATION_FAILED`. */
export async function createInvitedUser(
  ctx: UserCtx,
  person: { email: string; username: string },
): Promise<AdminUser> {
  const id = await storeInvitedUser(ctx, person);
  return toAdminUser(await users.getAccount(ctx, id));
}

export async function suspendUser(
  ctx: UserCtx,
  { id, reason }: { id: string; reason: string },
): Promise<AdminUser> {
  return withTransaction(ctx, async (trx) => {
    const account = await users.lockAccount(trx, id);
    if (account.role === 'admin') throw new AppError('FORBIDDEN', "Administrators can't be suspended");
    if (account.suspended) return toAdminUser(account);
    await users.updateSuspension(trx.db, id, true);
    await endAllSessions(trx, id);
    await endImpersonationsOf(trx, id);
    await invalidateCachedPages(trx, { ownerId: id });
    await recordSecurityEvent(trx, 'suspended', { userId: id, details: { reason } });
    await enqueueSecurityMail(trx, 'account-suspended', account);
    return toAdminUser({ ...account, suspended: true });
  });
}

export async function restoreUser(
  ctx: UserCtx,
  { id, reason }: { id: string; reason?: string | undefined },
): Promise<AdminUser> {
  return withTransaction(ctx, async (trx) => {
    const account = await users.lockAccount(trx, id);
    if (!account.suspended) return toAdminUser(account);
    await users.updateSuspension(trx.db, id, false);
    await invalidateCachedPages(trx, { ownerId: id });
    await recordSecurityEvent(trx, 'restored', { userId: id, ...toDetails(reason) });
    await enqueueSecurityMail(trx, 'account-restored', account);
    // The user's own referral cannot qualify during a suspension.
    await qualifyReferral(trx, id);
    return toAdminUser({ ...account, suspended: false });
  });
}

/** A user who never set a password gets the invitation again. */
export async function sendUserReset(ctx: UserCtx, { id }: { id: string }): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    const account = await users.lockAccount(trx, id);
    const isInvited = account.passwordHash === null && !account.emailVerified;
    await sendEmailToken(trx, isInvited ? 'account_invitation' : 'reset_password', account);
    await recordSecurityEvent(trx, 'password_reset_requested', { userId: id });
  });
}

/** The user's sessions end too. Throws `NOT_FOUND`, and `FORBIDDEN` for the own one, which needs a code. */
export async function removeSecondFactor(
  ctx: UserCtx,
  { id, reason }: { id: string; reason: string },
): Promise<void> {
  const actorId = ctx.principal.userId;
  if (id === actorId) throw new AppError('FORBIDDEN', 'Remove your own second factor in your settings');
  await withTransaction(ctx, async (trx) => {
    await removeFactorOfUser(trx, await users.lockAccount(trx, id), { actorId, details: { reason } });
  });
}

export async function endSessionsOfUser(
  ctx: UserCtx,
  { id, reason }: { id: string; reason?: string | undefined },
): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    const account = await users.lockAccount(trx, id);
    await endAllSessions(trx, id);
    await recordSecurityEvent(trx, 'session_ended', { userId: id, ...toDetails(reason) });
    await enqueueSecurityMail(trx, 'sessions-ended', account);
  });
}
