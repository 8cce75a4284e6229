import type { Ctx, SessionCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { type Account, createWrongPasswordError, getAccount } from '../../users/service.ts';
import { REAUTHENTICATION_MINUTES } from '../session/policy.ts';
import { isSessionFresh, markSessionAuthenticated } from '../session/service.ts';
import { clearPasswordAttempts, countPasswordAttempt } from '../throttle/service.ts';

/** Checks the password of a signed-in user. Throws `INVALID_CREDENTIALS` and `RATE_LIMITED`. */
export async function requirePassword(ctx: Ctx, userId: string, password: string): Promise<Account> {
  await countPasswordAttempt(ctx, userId);
  const account = await getAccount(ctx, userId);
  if (!(await ctx.passwords.verify(password, account.passwordHash))) throw createWrongPasswordError();
  await clearPasswordAttempts(ctx, userId);
  return account;
}

export async function reauthenticateSession(
  ctx: SessionCtx,
  { password }: { password: string },
): Promise<void> {
  const { userId, sessionId } = ctx.principal;
  await requirePassword(ctx, userId, password);
  await markSessionAuthenticated(ctx.db, sessionId);
}

export const createReauthenticationRequiredError = (): AppError =>
  new AppError('REAUTHENTICATION_REQUIRED', 'Enter your password again to continue');

/** A given password is checked even in a fresh session. Throws `INVALID_CREDENTIALS` and `RATE_LIMITED`. */
export async function hasFreshProof(ctx: SessionCtx, password?: string): Promise<boolean> {
  const { userId, sessionId } = ctx.principal;
  if (password === undefined) return isSessionFresh(ctx.db, sessionId, REAUTHENTICATION_MINUTES);
  await requirePassword(ctx, userId, password);
  return true;
}

export async function requireFreshSession(ctx: SessionCtx): Promise<void> {
  if (!(await hasFreshProof(ctx))) throw createReauthenticationRequiredError();
}
