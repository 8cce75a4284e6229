import { withTransaction } from '@linkgrove/db';
import type { AppCtx, UserCtx } from '../../core/context.ts';
import { AppError } from '../../core/errors.ts';
import { toAsciiEmail } from '../../core/text/internationalized-email.ts';
import { removeFactorOfUser } from '../auth/second-factor/service.ts';
import { endAllSessions } from '../auth/session/service.ts';
import { invalidateCachedPages } from '../pages/handles/service.ts';
import { qualifyReferral } from '../referrals/service.ts';
import { recordSecurityEvent } from '../security-events/service.ts';
import * as users from '../users/service.ts';
import type { AdminUser } from './schema.ts';

const toAdminUser = (account: users.Account): AdminUser => ({
  id: account.id,
  email: account.email,
  username: account.username,
  role: account.role,
  suspended: account.suspended,
  emailVerified: account.emailVerified,
  createdAt: account.createdAt.toISOString(),
});

/** The user can see the look-up in their events. Throws `NOT_FOUND`. */
export async function lookUpUser(ctx: UserCtx, input: { name: string }): Promise<AdminUser> {
  const account = await users.findAccount(ctx.db, input.name);
  if (!account) throw new AppError('NOT_FOUND', 'User not found');
  await recordSecurityEvent(ctx, 'looked_up', { userId: account.id, actorId: ctx.principal.userId });
  return toAdminUser(account);
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
    await invalidateCachedPages(trx, { ownerId: id });
    const actorId = ctx.principal.userId;
    await recordSecurityEvent(trx, 'suspended', { userId: id, actorId, details: { reason } });
    return toAdminUser({ ...account, suspended: true });
  });
}

export async function restoreUser(ctx: UserCtx, { id }: { id: string }): Promise<AdminUser> {
  return withTransaction(ctx, async (trx) => {
    const account = await users.lockAccount(trx, id);
    if (!account.suspended) return toAdminUser(account);
    await users.updateSuspension(trx.db, id, false);
    await invalidateCachedPages(trx, { ownerId: id });
    await recordSecurityEvent(trx, 'restored', { userId: id, actorId: ctx.principal.userId });
    // The user's own referral cannot qualify during a suspension.
    await qualifyReferral(trx, id);
    return toAdminUser({ ...account, suspended: false });
  });
}

/** For the command line. Throws `NOT_FOUND`, and `FORBIDDEN` for the last administrator. */
export async function changeUserRole(
  ctx: Pick<AppCtx, 'db' | 'logger'>,
  name: string,
  role: 'user' | 'admin',
): Promise<users.Account> {
  const found = await users.findAccount(ctx.db, toAsciiEmail(name));
  if (!found) throw new AppError('NOT_FOUND', `User ${name} not found`);
  return withTransaction(ctx, async (trx) => {
    const administrators = await users.lockAdministrators(trx.db);
    const account = await users.lockAccount(trx, found.id);
    if (role === 'user' && administrators.length === 1 && administrators[0] === account.id)
      throw new AppError('FORBIDDEN', "The last administrator can't be demoted");
    await users.updateRole(trx.db, account.id, role);
    await recordSecurityEvent(trx, role === 'admin' ? 'promoted' : 'demoted', { userId: account.id });
    return account;
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

export async function endSessionsOfUser(ctx: UserCtx, { id }: { id: string }): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    await users.lockAccount(trx, id);
    await endAllSessions(trx, id);
    await recordSecurityEvent(trx, 'session_ended', { userId: id, actorId: ctx.principal.userId });
  });
}
