import { isUniqueViolation } from '@linkgrove/db';
import { forgetCached } from '../../core/cache/caches.ts';
import type { AppCtx, DbCtx, TrxCtx } from '../../core/context.ts';
import { AppError, createValidationError } from '../../core/errors.ts';
import { findPasswordWeakness } from '../../core/crypto/password-strength.ts';
import { isReservedName, RENAME_INTERVAL_DAYS } from './policy.ts';
import * as queries from './queries.ts';
import type { User } from './schema.ts';

export {
  anonymiseUser,
  extendPremium,
  findAccount,
  insertUserQuery,
  lockUserByPassword,
  markEmailVerified,
  updateEmail,
  updatePasswordHash,
  updateRole,
  updateSuspension,
  updateUser,
} from './queries.ts';
export { isReservedName } from './policy.ts';

export type Account = queries.AccountRow;

const emailTaken = () => new AppError('EMAIL_TAKEN', 'Email already in use');
/** The refusal of a wrong password of someone who is signed in. */
export const createWrongPasswordError = (): AppError => new AppError('INVALID_CREDENTIALS', 'Wrong password');
/** The refusal of a username that someone has, or whose handle is not to be had. */
export const createUsernameTakenError = (): AppError =>
  new AppError('USERNAME_TAKEN', 'Username already in use');

/** How a row of `users` is shown to its owner. */
export function toUser(ctx: AppCtx, row: queries.UserRow): User {
  const { emailVerifiedAt, createdAt, ...rest } = row;
  return {
    ...rest,
    emailVerified: emailVerifiedAt !== null,
    referralUrl: `${ctx.config.appUrl}/register?referral=${row.referralCode}`,
    createdAt: createdAt.toISOString(),
  };
}

/** A user as shown to themselves. Throws `NOT_FOUND`. */
export const getUser = (ctx: AppCtx, id: string): Promise<User> =>
  ctx.cache<User>('users').get(id, async () => {
    const row = await queries.findUser(ctx.db, id);
    if (!row) throw new AppError('NOT_FOUND', 'There is no such user');
    return toUser(ctx, row);
  });

/** Has the next read of a user come from the database, on every instance, once the change has committed. */
export const forgetUser = (ctx: AppCtx, id: string): Promise<void> => forgetCached(ctx, 'users', id);

/** The account with this id. Throws `NOT_FOUND` if there is none or it was deleted. */
export async function getAccount(ctx: DbCtx, id: string): Promise<Account> {
  const account = await queries.findAccountById(ctx.db, id);
  if (!account) throw new AppError('NOT_FOUND', 'There is no such user');
  return account;
}

/** Throws `VALIDATION_FAILED` with the reason where a password is too easy to guess. */
export function requireStrongPassword(path: string, password: string, personal: string[]): void {
  const weakness = findPasswordWeakness(password, personal);
  if (weakness) throw createValidationError({ path, message: weakness, code: 'weak_password' });
}

/** Throws `VALIDATION_FAILED` where a username is kept for the platform. */
export function requireUnreservedUsername(username: string): void {
  if (isReservedName(username)) {
    throw createValidationError({ path: 'username', message: 'This name is reserved', code: 'reserved' });
  }
}

/** Throws `EMAIL_TAKEN` where someone other than the user has the address. */
export async function requireUntakenEmail(ctx: AppCtx, email: string, userId?: string): Promise<void> {
  const account = await queries.findAccount(ctx.db, email);
  if (account && account.id !== userId) throw emailTaken();
}

/** Holds the account until the transaction ends. Throws `INVALID_CREDENTIALS` if its password was changed meanwhile. */
export async function lockPassword(ctx: TrxCtx, account: Account): Promise<void> {
  if (!(await queries.lockUserByPassword(ctx.db, account.id, account.passwordHash)))
    throw createWrongPasswordError();
}

/** Replaces the password that was checked. Throws `INVALID_CREDENTIALS` if it was changed meanwhile. */
export async function replacePassword(ctx: TrxCtx, account: Account, passwordHash: string): Promise<void> {
  await lockPassword(ctx, account);
  await queries.updatePasswordHash(ctx.db, account.id, passwordHash);
}

/** What a user has chosen and redeemed that others do not see. */
export async function getPreferences(ctx: DbCtx, id: string) {
  const { premiumUntil, ...preferences } = await queries.findPreferences(ctx.db, id);
  return { preferences, premiumUntil: premiumUntil?.toISOString() ?? null };
}

/**
 * Gives a user another username. Throws `VALIDATION_FAILED` for a reserved name, `USERNAME_TAKEN`, and
 * `LIMIT_REACHED` if it was changed less than 14 days ago.
 */
export async function renameUser(ctx: DbCtx, id: string, username: string): Promise<void> {
  requireUnreservedUsername(username);
  const renamed = await queries
    .updateUsername(ctx.db, id, username, RENAME_INTERVAL_DAYS)
    .catch((error: unknown) => {
      throw toTakenError(error);
    });
  if (renamed) return;
  throw new AppError('LIMIT_REACHED', `A username can be changed once in ${RENAME_INTERVAL_DAYS} days`);
}

/** What a failed write to `users` means: the contract's refusal where a name is taken, else the error itself. */
export function toTakenError(error: unknown): unknown {
  if (isUniqueViolation(error, 'users_email_key')) return emailTaken();
  if (isUniqueViolation(error, 'users_username_key')) return createUsernameTakenError();
  return error;
}
