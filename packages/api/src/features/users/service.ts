import { isUniqueViolation } from '@linkgrove/db';
import { invalidateCached } from '../../core/cache/caches.ts';
import type { AppCtx, DbCtx, TrxCtx, UserCtx } from '../../core/context.ts';
import { AppError, createTakenError, createValidationError, type MemberError } from '../../core/errors.ts';
import { canonicalizeMailbox } from '../../core/text/mailbox-providers.ts';
import { examinePassword } from '../../core/crypto/password-judge.ts';
import { isReservedName, RENAME_INTERVAL_DAYS } from './policy.ts';
import { isUuid } from '../../core/crypto/ids.ts';
import { hasMailboxOwner, isEmailTaken } from './email-address/queries.ts';
import * as queries from './queries.ts';
import type { User } from './schema.ts';

export {
  anonymiseUser,
  findAccount,
  foundUsersSubquery,
  insertUserPart,
  lockAccountByEmail,
  lockAdministrators,
  lockUserByPassword,
  newUserEventPart,
  updatePasswordHash,
  updateRole,
  updateSuspension,
  updateUser,
} from './queries.ts';
export { isReservedName, PLAN_LIMITS } from './policy.ts';
export {
  insertPreviousEmail,
  mailboxOwnerPart,
  markEmailVerified,
  markProven,
  updateEmail,
} from './email-address/queries.ts';
export { extendPremium, takePremiumEnds } from './premium/queries.ts';

export type Account = queries.AccountRow;

/** Another account has the address, or has verified its mailbox. */
export const createEmailTakenError = (): AppError => createTakenError('EMAIL_TAKEN');
const createUserNotFoundError = () => new AppError('NOT_FOUND', 'User not found');
export const createWrongPasswordError = (): AppError => new AppError('INVALID_CREDENTIALS', 'Wrong password');
/** Someone else's username or handle, or held or reserved. */
export const createUsernameTakenError = (): AppError => createTakenError('USERNAME_TAKEN');

export function toUser(ctx: AppCtx, row: queries.UserRow): User {
  const { emailVerifiedAt, premiumUntil, createdAt, ...rest } = row;
  return {
    ...rest,
    emailVerified: emailVerifiedAt !== null,
    referralUrl: `${ctx.config.appUrl}/register?referral=${row.referralCode}`,
    premiumUntil: premiumUntil?.toISOString() ?? null,
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

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** By email address, username or ID; deleted users only by their ID. Returns an ID that nobody has for unknown names. */
export async function resolveUserId(ctx: DbCtx, name: string): Promise<string> {
  return isUuid(name) ? name : ((await queries.findAccount(ctx.db, name))?.id ?? NOBODY);
}

export async function getAccount(ctx: DbCtx, id: string): Promise<Account> {
  const account = await queries.findAccountById(ctx.db, id);
  if (!account) throw createUserNotFoundError();
  return account;
}

/** Throws `EMAIL_NOT_VERIFIED` if only verified users may show something to strangers. `deed` completes "before you …". */
export async function requireVerifiedUser(ctx: UserCtx, deed: string): Promise<void> {
  const { userId } = ctx.principal;
  if (ctx.config.publishRequiresVerification && !(await getAccount(ctx, userId)).emailVerified)
    throw new AppError('EMAIL_NOT_VERIFIED', `Verify your email address before you ${deed}`);
}

export async function lockAccount(ctx: TrxCtx, id: string): Promise<Account> {
  const account = await queries.lockAccountById(ctx.db, id);
  if (!account) throw createUserNotFoundError();
  return account;
}

async function listWeaknesses(path: string, password: string, personal: string[]): Promise<MemberError[]> {
  const message = await examinePassword(password, personal);
  return message === null ? [] : [{ path, message, code: 'weak_password' }];
}

const listReservations = (username: string): MemberError[] =>
  isReservedName(username)
    ? [{ path: 'username', message: 'This username is reserved', code: 'reserved' }]
    : [];

function requireNone(errors: MemberError[]): void {
  if (errors.length > 0) throw createValidationError(...errors);
}

/** Throws `VALIDATION_FAILED` with the reason. */
export async function requireStrongPassword(
  path: string,
  password: string,
  personal: string[],
): Promise<void> {
  requireNone(await listWeaknesses(path, password, personal));
}

/** Asks the service of the settings, so never in a transaction. Throws `VALIDATION_FAILED`. */
export async function requireUnbreachedPassword(
  ctx: Pick<AppCtx, 'isBreached'>,
  path: string,
  password: string,
): Promise<void> {
  if (!(await ctx.isBreached(password))) return;
  const message = 'This password is known from a data breach. Choose another one.';
  throw createValidationError({ path, message, code: 'weak_password' });
}

export type NewPerson = { email: string; username: string; password: string };

/** Lists what no schema refuses: a reserved name and a weak password. */
export async function listRegistrationErrors({
  email,
  username,
  password,
}: NewPerson): Promise<MemberError[]> {
  const weaknesses = password === '' ? [] : await listWeaknesses('password', password, [username, email]);
  return [...listReservations(username), ...weaknesses];
}

/** Throws `VALIDATION_FAILED` with every reason. */
export async function requireRegistrable(person: NewPerson): Promise<void> {
  requireNone(await listRegistrationErrors(person));
}

/** Whether somebody has verified the mailbox, in any spelling. */
export const isEmailProven = (ctx: DbCtx, email: string): Promise<boolean> =>
  hasMailboxOwner(ctx.db, { email, emailCanonical: canonicalizeMailbox(email) });

/** Whether somebody has the address, or has verified its mailbox. */
export const isEmailUsed = (ctx: DbCtx, email: string): Promise<boolean> =>
  isEmailTaken(ctx.db, { email, emailCanonical: canonicalizeMailbox(email), userId: null });

/** Throws `VALIDATION_FAILED`. */
export const requireUnreservedName = (username: string): void => requireNone(listReservations(username));

/** Throws `EMAIL_TAKEN`, also if someone else has verified the mailbox. */
export async function requireUntakenEmail(ctx: DbCtx, email: string, userId?: string): Promise<void> {
  const emailCanonical = canonicalizeMailbox(email);
  if (await isEmailTaken(ctx.db, { email, emailCanonical, userId: userId ?? null }))
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
  requireNone(listReservations(username));
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
