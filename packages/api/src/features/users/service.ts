import { isUniqueViolation } from '@linkgrove/db';
import { invalidateCached } from '../../core/cache/caches.ts';
import type { AppCtx, DbCtx, TrxCtx } from '../../core/context.ts';
import { AppError, createValidationError } from '../../core/errors.ts';
import { canonicalizeMailbox } from '../../core/text/mailbox-providers.ts';
import { examinePassword } from '../../core/crypto/password-judge.ts';
import { isReservedName, RENAME_INTERVAL_DAYS } from './policy.ts';
import * as queries from './queries.ts';
import type { User } from './schema.ts';

export {
  anonymiseUser,
  extendPremium,
  findAccount,
  insertPreviousEmail,
  insertUserPart,
  lockAccountByEmail,
  lockAdministrators,
  lockUserByPassword,
  mailboxOwnerPart,
  markEmailVerified,
  updateEmail,
  updatePasswordHash,
  updateRole,
  updateSuspension,
  updateUser,
} from './queries.ts';
export { isReservedName } from './policy.ts';

export type Account = queries.AccountRow;

/** Another account has the address, or has verified its mailbox. */
export const createEmailTakenError = (): AppError => new AppError('EMAIL_TAKEN', 'Email already in use');
const createUserNotFoundError = () => new AppError('NOT_FOUND', 'User not found');
export const createWrongPasswordError = (): AppError => new AppError('INVALID_CREDENTIALS', 'Wrong password');
/** Someone else's username or handle, or held or reserved. */
export const createUsernameTakenError = (): AppError =>
  new AppError('USERNAME_TAKEN', 'Username already in use');

export function toUser(ctx: AppCtx, row: queries.UserRow): User {
  const { emailVerifiedAt, createdAt, ...rest } = row;
  return {
    ...rest,
    emailVerified: emailVerifiedAt !== null,
    referralUrl: `${ctx.config.appUrl}/register?referral=${row.referralCode}`,
    createdAt: createdAt.toISOString(),
  };
}

export const getUser = (ctx: AppCtx, id: string): Promise<User> =>
  ctx.cache<User>('users').get(id, () => readUser(ctx, id));

/** Without the cache: in a transaction it sees that transaction's changes. */
export async function readUser(ctx: AppCtx, id: string): Promise<User> {
  const row = await queries.findUser(ctx.db, id);
  if (!row) throw createUserNotFoundError();
  return toUser(ctx, row);
}

/** On every instance, after commit. */
export const invalidateUser = (ctx: AppCtx, id: string): Promise<void> => invalidateCached(ctx, 'users', id);

export async function getAccount(ctx: DbCtx, id: string): Promise<Account> {
  const account = await queries.findAccountById(ctx.db, id);
  if (!account) throw createUserNotFoundError();
  return account;
}

export async function lockAccount(ctx: TrxCtx, id: string): Promise<Account> {
  const account = await queries.lockAccountById(ctx.db, id);
  if (!account) throw createUserNotFoundError();
  return account;
}

/** Throws `VALIDATION_FAILED` with the reason. */
export async function requireStrongPassword(
  path: string,
  password: string,
  personal: string[],
): Promise<void> {
  const weakness = await examinePassword(password, personal);
  if (weakness) throw createValidationError({ path, message: weakness, code: 'weak_password' });
}

export function requireUnreservedUsername(username: string): void {
  if (isReservedName(username)) {
    throw createValidationError({ path: 'username', message: 'This name is reserved', code: 'reserved' });
  }
}

/** Throws `EMAIL_TAKEN`, also if someone else has verified the mailbox. */
export async function requireUntakenEmail(ctx: DbCtx, email: string, userId?: string): Promise<void> {
  const emailCanonical = canonicalizeMailbox(email);
  if (await queries.isEmailTaken(ctx.db, { email, emailCanonical, userId: userId ?? null }))
    throw createEmailTakenError();
}

/** Throws `INVALID_CREDENTIALS` if the password was changed since it was checked. */
export async function lockPassword(ctx: TrxCtx, account: Account): Promise<void> {
  if (!(await queries.lockUserByPassword(ctx.db, account.id, account.passwordHash)))
    throw createWrongPasswordError();
}

/** Throws `INVALID_CREDENTIALS` if the password was changed since it was checked. */
export async function replacePassword(ctx: TrxCtx, account: Account, passwordHash: string): Promise<void> {
  await lockPassword(ctx, account);
  await queries.updatePasswordHash(ctx.db, account.id, passwordHash);
}

export async function getPreferences(ctx: DbCtx, id: string) {
  const { premiumUntil, signUpCountry, ...preferences } = await queries.findPreferences(ctx.db, id);
  return { preferences, premiumUntil: premiumUntil?.toISOString() ?? null, signUpCountry };
}

/** The caller then claims the name. Throws `VALIDATION_FAILED`, `USERNAME_TAKEN` and `LIMIT_REACHED`. */
export async function renameUser(ctx: DbCtx, id: string, username: string): Promise<void> {
  requireUnreservedUsername(username);
  const renamed = await queries
    .updateUsername(ctx.db, id, username, RENAME_INTERVAL_DAYS)
    .catch((error: unknown) => {
      throw toTakenError(error);
    });
  if (renamed) return;
  throw new AppError('LIMIT_REACHED', `You can change your username once every ${RENAME_INTERVAL_DAYS} days`);
}

const EMAIL_KEYS = ['users_email_key', 'users_verified_mailbox_key'];

/** Returns any other error unchanged. */
export function toTakenError(error: unknown): unknown {
  if (EMAIL_KEYS.some((key) => isUniqueViolation(error, key))) return createEmailTakenError();
  if (isUniqueViolation(error, 'users_username_key')) return createUsernameTakenError();
  return error;
}
