import { isUniqueViolation, type Trx } from '@linkgrove/db';
import { forgetCached } from '../../core/cache/caches.ts';
import type { AppCtx, Ctx } from '../../core/context.ts';
import { AppError, createValidationError } from '../../core/errors.ts';
import { findPasswordWeakness } from '../../core/crypto/password-strength.ts';
import { isReservedName } from '../../core/text/reserved-names.ts';
import { clearSignInAttempts, countSignInAttempt } from '../auth/throttle/service.ts';
import * as queries from './queries.ts';
import type { User } from './schema.ts';

export type Account = queries.AccountRow;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const emailTaken = () => new AppError('EMAIL_TAKEN', 'Email already in use');
const wrongPassword = () => new AppError('INVALID_CREDENTIALS', 'Wrong password');
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
export async function getAccount(ctx: { db: AppCtx['db'] }, id: string): Promise<Account> {
  const account = await queries.findAccountById(ctx.db, id);
  if (!account) throw new AppError('NOT_FOUND', 'There is no such user');
  return account;
}

/** Asks the signed-in user for their password again. Throws `INVALID_CREDENTIALS` and `RATE_LIMITED`. */
export async function requirePassword(ctx: Ctx, userId: string, password: string): Promise<Account> {
  const name = `password of ${userId}`;
  await countSignInAttempt(ctx, name, async () => {});
  const account = await getAccount(ctx, userId);
  if (!(await ctx.passwords.verify(password, account.passwordHash))) {
    throw wrongPassword();
  }
  await clearSignInAttempts(ctx, [name]);
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
  const account = await queries.findAccountByName(ctx.db, email);
  if (account && account.id !== userId) throw emailTaken();
}

type Handle = { db: AppCtx['db'] };

/** Holds the account until the transaction ends. Throws `INVALID_CREDENTIALS` if its password was changed meanwhile. */
export async function lockPassword(ctx: { db: Trx }, account: Account): Promise<void> {
  if (!(await queries.lockUserByPassword(ctx.db, account.id, account.passwordHash))) throw wrongPassword();
}

/** Replaces the password that was checked. Throws `INVALID_CREDENTIALS` if it was changed meanwhile. */
export async function replacePassword(
  ctx: { db: Trx },
  account: Account,
  passwordHash: string,
): Promise<void> {
  await lockPassword(ctx, account);
  await queries.updatePasswordHash(ctx.db, account.id, passwordHash);
}

export const setLeaderboardChoice = (ctx: Handle, id: string, leaderboard: boolean): Promise<void> =>
  queries.updateLeaderboardChoice(ctx.db, id, leaderboard);

export const setReferralMailChoice = (ctx: Handle, id: string, referralMail: boolean): Promise<void> =>
  queries.updateReferralMailChoice(ctx.db, id, referralMail);

/** What a user has chosen and redeemed that others do not see. */
export async function getPreferences(ctx: Handle, id: string) {
  const { premiumUntil, ...preferences } = await queries.findPreferences(ctx.db, id);
  return { preferences, premiumUntil: premiumUntil?.toISOString() ?? null };
}

export const setDisplayName = (ctx: Handle, id: string, displayName: string | null): Promise<void> =>
  queries.updateDisplayName(ctx.db, id, displayName);

/**
 * Gives a user another username; false if they had another one less than `days` days ago. Throws
 * `VALIDATION_FAILED` for a reserved name and `USERNAME_TAKEN`.
 */
export async function renameUser(ctx: Handle, id: string, username: string, days: number): Promise<boolean> {
  requireUnreservedUsername(username);
  try {
    return await queries.updateUsername(ctx.db, id, username, days);
  } catch (error) {
    throw toTakenError(error);
  }
}

/** Takes everything of the person out of a user's row, and remembers the address as a keyed hash only. */
export const anonymiseUser = (ctx: AppCtx & { db: Trx }, id: string, emailCanonical: string): Promise<void> =>
  queries.anonymiseUserRow(ctx.db, id, ctx.emailHash(emailCanonical));

/** Adds a month to a user's premium time and returns its new end. */
export const extendPremium = (ctx: { db: Trx }, id: string): Promise<Date> =>
  queries.extendPremiumTime(ctx.db, id);

/** Suspends a user or restores them; false if that is how they are already. */
export const setUserSuspended = (ctx: { db: Trx }, id: string, suspended: boolean): Promise<boolean> =>
  queries.updateSuspension(ctx.db, id, suspended);

/** Sets a user's role; false where that would leave nobody in charge. */
export const setUserRole = (ctx: { db: Trx }, id: string, role: 'user' | 'admin'): Promise<boolean> =>
  queries.updateRole(ctx.db, id, role);

/** The account that an address or a username names, or that has this id; undefined if there is none. */
export const findAccount = (ctx: Handle, name: string): Promise<Account | undefined> =>
  UUID.test(name) ? queries.findAccountById(ctx.db, name) : queries.findAccountByName(ctx.db, name);

/** What a failed write to `users` means: the contract's refusal where a name is taken, else the error itself. */
export function toTakenError(error: unknown): unknown {
  if (isUniqueViolation(error, 'users_email_key')) return emailTaken();
  if (isUniqueViolation(error, 'users_username_key')) return createUsernameTakenError();
  return error;
}
