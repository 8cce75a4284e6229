import { withTransaction } from '@linkgrove/db';
import type { AppCtx, UserCtx } from '../../core/context.ts';
import { AppError } from '../../core/errors.ts';
import { endAllSessions } from '../auth/session/service.ts';
import * as users from '../users/service.ts';
import { invalidateCachedPages } from '../pages/handles/service.ts';
import { qualifyReferral } from '../referrals/service.ts';
import { recordSecurityEvent } from '../security-events/service.ts';
import type { AdminUser } from './schema.ts';

async function toAdminUser(ctx: UserCtx, id: string): Promise<AdminUser> {
  const { email, username, role, suspended } = await users.getAccount(ctx, id);
  const { emailVerified, createdAt } = await users.getUser(ctx, id);
  return { id, email, username, role, suspended, emailVerified, createdAt };
}

/** Looks a user up by address, username or id, which the user can see. Throws `NOT_FOUND`. */
export async function lookUpUser(ctx: UserCtx, input: { name: string }): Promise<AdminUser> {
  const account = await users.findAccount(ctx.db, input.name);
  if (!account) throw new AppError('NOT_FOUND', 'There is no such user');
  await recordSecurityEvent(ctx, 'looked_up', { userId: account.id, actorId: ctx.principal.userId });
  return toAdminUser(ctx, account.id);
}

/** Keeps a user out and ends their sessions. Throws `NOT_FOUND`, and `FORBIDDEN` for an administrator. */
export async function suspendUser(
  ctx: UserCtx,
  { id, reason }: { id: string; reason: string },
): Promise<AdminUser> {
  const account = await users.getAccount(ctx, id);
  if (account.role === 'admin') throw new AppError('FORBIDDEN', 'An administrator cannot be suspended');
  await withTransaction(ctx, async (trx) => {
    if (!(await users.updateSuspension(trx.db, id, true))) return;
    await endAllSessions(trx, id);
    await invalidateCachedPages(trx, { userId: id });
    await recordSecurityEvent(trx, 'suspended', {
      userId: id,
      actorId: ctx.principal.userId,
      details: { reason },
    });
  });
  return toAdminUser(ctx, id);
}

/** Lets a suspended user sign in again. Throws `NOT_FOUND`. */
export async function restoreUser(ctx: UserCtx, { id }: { id: string }): Promise<AdminUser> {
  await users.getAccount(ctx, id);
  await withTransaction(ctx, async (trx) => {
    if (!(await users.updateSuspension(trx.db, id, false))) return;
    await invalidateCachedPages(trx, { userId: id });
    await recordSecurityEvent(trx, 'restored', { userId: id, actorId: ctx.principal.userId });
    // The referral that brought them may have waited for this.
    await qualifyReferral(trx, id);
  });
  return toAdminUser(ctx, id);
}

/**
 * Makes a user an administrator or an ordinary user again; for the command line. Throws `NOT_FOUND`, and
 * `FORBIDDEN` for the last administrator.
 */
export async function changeUserRole(
  ctx: Pick<AppCtx, 'db' | 'logger'>,
  name: string,
  role: 'user' | 'admin',
): Promise<users.Account> {
  const account = await users.findAccount(ctx.db, name);
  if (!account) throw new AppError('NOT_FOUND', `There is no user ${name}`);
  await withTransaction(ctx, async (trx) => {
    if (!(await users.updateRole(trx.db, account.id, role)))
      throw new AppError('FORBIDDEN', 'The last administrator stays');
    await recordSecurityEvent(trx, role === 'admin' ? 'promoted' : 'demoted', { userId: account.id });
  });
  return account;
}

/** Ends every session of a user. Throws `NOT_FOUND`. */
export async function endSessionsOfUser(ctx: UserCtx, { id }: { id: string }): Promise<void> {
  await users.getAccount(ctx, id);
  await withTransaction(ctx, async (trx) => {
    await endAllSessions(trx, id);
    await recordSecurityEvent(trx, 'session_ended', { userId: id, actorId: ctx.principal.userId });
  });
}
