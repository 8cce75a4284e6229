import { isUniqueViolation, onCommit, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, Ctx, UserCtx } from '../../core/context.ts';
import { canonicalEmail } from '../../core/email-address.ts';
import { AppError, validationFailed } from '../../core/errors.ts';
import { newId, newReferralCode } from '../../core/ids.ts';
import { passwordWeakness } from '../../core/password-strength.ts';
import { isReservedName } from '../../core/reserved-names.ts';
import { publish } from '../outbox/service.ts';
import {
  attachReferral,
  createFirstLink,
  findSignUpLink,
  qualifyReferral,
  type SignUpLink,
} from '../referrals/service.ts';
import { consumeToken, peekToken, sendToken } from './email-token/service.ts';
import * as queries from './queries.ts';
import { passwordResetRequestedTopic, type registerInput, type User } from './schema.ts';
import { beginSession, endAll, type NewSession, type SessionTokens, signTokens } from './session/service.ts';

type Registration = z.infer<typeof registerInput>;

const emailTaken = () => new AppError('EMAIL_TAKEN', 'Email already in use');
const usernameTaken = () => new AppError('USERNAME_TAKEN', 'Username already in use');
const wrongCredentials = () => new AppError('INVALID_CREDENTIALS', 'Wrong email, username or password');

/**
 * Makes an account and signs it in. User, first referral link, referral, verification mail and session are
 * one transaction. Throws `VALIDATION_FAILED` (reserved name, weak password), the refusals of a referral
 * code, `EMAIL_TAKEN` and `USERNAME_TAKEN`.
 */
export async function register(ctx: Ctx, input: Registration): Promise<SessionTokens> {
  if (isReservedName(input.username)) {
    throw validationFailed({ path: 'username', message: 'This name is reserved', code: 'reserved' });
  }
  requireStrength(input.password, [input.username, input.email]);
  const emailCanonical = canonicalEmail(input.email);
  const link = input.referralCode
    ? await findSignUpLink(ctx, {
        code: input.referralCode,
        emailCanonical,
        signedInAs: await signedInUser(ctx),
      })
    : null;
  // Told early, a hash is saved; what happens in between is caught by the unique indexes.
  const taken = await queries.findTaken(ctx.db, input);
  if (taken.email) throw emailTaken();
  if (taken.username) throw usernameTaken();
  const passwordHash = await ctx.passwords.hash(input.password);
  const session = await createAccount(ctx, { ...input, emailCanonical, passwordHash, link });
  return signTokens(ctx, session);
}

const signedInUser = async (ctx: Ctx): Promise<string | undefined> =>
  ctx.credentials.accessToken
    ? ctx.authenticate().then(
        (principal) => principal.userId,
        () => undefined,
      )
    : undefined;

function requireStrength(password: string, personal: string[]): void {
  const weakness = passwordWeakness(password, personal);
  if (weakness) throw validationFailed({ path: 'password', message: weakness, code: 'weak_password' });
}

type NewAccount = Pick<Registration, 'email' | 'username'> & {
  emailCanonical: string;
  passwordHash: string;
  link: SignUpLink | null;
};

async function createAccount(ctx: Ctx, account: NewAccount, triesLeft = 3): Promise<NewSession> {
  try {
    return await withTransaction(ctx, async (trxCtx) => {
      const id = newId();
      const referralCode = newReferralCode();
      const { email, username, emailCanonical, passwordHash, link } = account;
      const referredBy = link?.ownerId ?? null;
      await queries.insertUser(trxCtx.db, {
        id,
        email,
        username,
        emailCanonical,
        passwordHash,
        referralCode,
        referredBy,
      });
      await createFirstLink(trxCtx, { userId: id, code: referralCode });
      if (link) await attachReferral(trxCtx, { link, referredUserId: id });
      await sendToken(trxCtx, 'verify_email', { id, email, username });
      return beginSession(trxCtx, id);
    });
  } catch (error) {
    if (isUniqueViolation(error, 'users_email_key')) throw emailTaken();
    if (isUniqueViolation(error, 'users_username_key')) throw usernameTaken();
    if (isUniqueViolation(error, 'referral_links_code_key') && triesLeft > 1) {
      return createAccount(ctx, account, triesLeft - 1);
    }
    throw error;
  }
}

/**
 * Signs in by email address or username. An unknown name and a wrong password are one answer that takes
 * one time. Throws `INVALID_CREDENTIALS`, and `RATE_LIMITED` when too many tried this name.
 */
export async function login(
  ctx: Ctx,
  input: { identifier: string; password: string },
): Promise<SessionTokens> {
  const name = input.identifier.toLowerCase();
  ctx.reportLimit(await ctx.limiter.consume('loginAccount', name));
  const account = await queries.findAccount(ctx.db, name);
  const isRight = await ctx.passwords.verify(input.password, account?.passwordHash);
  if (!account || !isRight) {
    ctx.logger.info({ event: 'sign_in_failed', requestId: ctx.requestId, ip: ctx.ip, userId: account?.id });
    throw wrongCredentials();
  }
  await ctx.limiter.reset('loginAccount', name);
  if (ctx.passwords.needsRehash(account.passwordHash)) {
    await queries.setPasswordHash(ctx.db, account.id, await ctx.passwords.hash(input.password));
  }
  return signTokens(ctx, await beginSession(ctx, account.id));
}

/** Marks the token's address as verified; the referral that brought the user becomes successful. */
export async function verifyEmail(ctx: Ctx, input: { token: string }): Promise<User> {
  const userId = await withTransaction(ctx, async (trxCtx) => {
    const id = await consumeToken(trxCtx, 'verify_email', input.token);
    await queries.markEmailVerified(trxCtx.db, id);
    await qualifyReferral(trxCtx, id);
    await onCommit(trxCtx, () => userCache(ctx).invalidate(id));
    return id;
  });
  return getUser(ctx, userId);
}

/** Mails another verification link, unless the address is verified already. */
export async function resendVerification(ctx: UserCtx): Promise<void> {
  ctx.reportLimit(await ctx.limiter.consume('resendAccount', ctx.principal.userId));
  const user = await getUser(ctx, ctx.principal.userId);
  if (user.emailVerified) return;
  await withTransaction(ctx, (trxCtx) => sendToken(trxCtx, 'verify_email', user));
}

/** Notes the request; the same single write whether or not the address is known, so that both take one time. */
export async function forgotPassword(ctx: Ctx, input: { email: string }): Promise<void> {
  ctx.reportLimit(await ctx.limiter.consume('forgotAccount', input.email.toLowerCase()));
  await publish(ctx, passwordResetRequestedTopic, { email: input.email });
}

/** Mails a reset link to whoever has the address; for the worker. */
export async function sendPasswordReset(ctx: AppCtx, email: string): Promise<void> {
  const recipient = await queries.findRecipient(ctx.db, email);
  if (recipient) await withTransaction(ctx, (trxCtx) => sendToken(trxCtx, 'reset_password', recipient));
}

/** Sets a new password by a mailed token; token, password and all sessions change together or not at all. */
export async function resetPassword(ctx: Ctx, input: { token: string; password: string }): Promise<void> {
  const owner = await peekToken(ctx, 'reset_password', input.token);
  requireStrength(input.password, [owner.username, owner.email]);
  const passwordHash = await ctx.passwords.hash(input.password);
  await withTransaction(ctx, async (trxCtx) => {
    const userId = await consumeToken(trxCtx, 'reset_password', input.token);
    await queries.setPasswordHash(trxCtx.db, userId, passwordHash);
    await endAll(trxCtx, userId);
  });
}

const userCache = (ctx: AppCtx) => ctx.cache<User>('users');

/** A user as shown to themselves. Throws `NOT_FOUND`. */
export const getUser = (ctx: AppCtx, id: string): Promise<User> =>
  userCache(ctx).get(id, async () => {
    const row = await queries.findUser(ctx.db, id);
    if (!row) throw new AppError('NOT_FOUND', 'There is no such user');
    const { emailVerifiedAt, createdAt, ...rest } = row;
    return {
      ...rest,
      emailVerified: emailVerifiedAt !== null,
      referralUrl: `${ctx.config.appUrl}/register?referral=${row.referralCode}`,
      createdAt: createdAt.toISOString(),
    };
  });
