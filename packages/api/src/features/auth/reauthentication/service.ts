import type { Ctx } from '../../../core/context.ts';
import { type Account, createWrongPasswordError, getAccount } from '../../users/service.ts';
import { clearSignInAttempts, countSignInAttempt } from '../throttle/service.ts';

/** Checks the password of a signed-in user. Throws `INVALID_CREDENTIALS` and `RATE_LIMITED`. */
export async function requirePassword(ctx: Ctx, userId: string, password: string): Promise<Account> {
  const name = `password of ${userId}`;
  await countSignInAttempt(ctx, name, async () => {});
  const account = await getAccount(ctx, userId);
  if (!(await ctx.passwords.verify(password, account.passwordHash))) throw createWrongPasswordError();
  await clearSignInAttempts(ctx, [name]);
  return account;
}
