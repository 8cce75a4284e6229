import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, AppTrxCtx, Ctx, UserCtx } from '../../core/context.ts';
import { canonicalizeEmail } from '../../core/text/email-address.ts';
import { AppError } from '../../core/errors.ts';
import { enqueueMail } from '../mail/service.ts';
import { publishMessage } from '../outbox/service.ts';
import { returnHeldHandles } from '../pages/handles/service.ts';
import { revokePreviewLinksOfUser } from '../pages/service.ts';
import { qualifyReferral } from '../referrals/service.ts';
import { recordSecurityEvent } from '../security-events/service.ts';
import {
  consumeEmailToken,
  peekEmailToken,
  revokeEmailTokens,
  sendEmailToken,
} from './email-token/service.ts';
import { passwordResetRequestedTopic } from './schema.ts';
import { beginSession, endAllSessions, type SessionTokens, signSessionTokens } from './session/service.ts';
import { clearSignInAttempts, countSignInAttempt } from './throttle/service.ts';
import type { User } from '../users/schema.ts';
import * as users from '../users/service.ts';

const createWrongCredentialsError = () =>
  new AppError('INVALID_CREDENTIALS', 'Wrong email, username or password');

/**
 * Signs in with email address or username. An unknown name and a wrong password get the same answer in the same
 * time. Throws `INVALID_CREDENTIALS`, `FORBIDDEN` for a suspended account with the right password, and
 * `RATE_LIMITED` after too many attempts on the name.
 */
export async function signIn(
  ctx: Ctx,
  input: { identifier: string; password: string },
): Promise<SessionTokens> {
  const name = input.identifier.toLowerCase();
  await countSignInAttempt(ctx, name, async () => {
    const target = await users.findAccount(ctx.db, name);
    await recordSecurityEvent(ctx, 'sign_in_limited', { userId: target?.id ?? null });
  });
  const account = await users.findAccount(ctx.db, name);
  const isRight = await ctx.passwords.verify(input.password, account?.passwordHash);
  if (!account || !isRight) {
    await recordSecurityEvent(ctx, 'sign_in_failed', { userId: account?.id ?? null });
    throw createWrongCredentialsError();
  }
  if (account.suspended) throw new AppError('FORBIDDEN', 'This account is suspended');
  await clearSignInAttempts(ctx, [account.email, account.username]);
  const rehash =
    ctx.passwords.needsRehash(account.passwordHash) && (await ctx.passwords.hash(input.password));
  const session = await withTransaction(ctx, async (trx) => {
    // A password change ends all sessions, so the old password must not start one after it.
    if (!(await users.lockUserByPassword(trx.db, account.id, account.passwordHash)))
      throw createWrongCredentialsError();
    if (rehash) await users.updatePasswordHash(trx.db, account.id, rehash);
    const begun = await beginSession(trx, account.id);
    await recordSecurityEvent(trx, 'signed_in', { userId: account.id, sessionId: begun.sessionId });
    return begun;
  });
  return signSessionTokens(ctx, session);
}

/**
 * Verifies the address that a token was mailed to. A new address replaces the old one. The user's referral may
 * qualify. Throws `TOKEN_EXPIRED`, and `EMAIL_TAKEN` if someone else took the new address meanwhile.
 */
export async function verifyEmail(ctx: Ctx, input: { token: string }): Promise<User> {
  try {
    const userId = await withTransaction(ctx, async (trx) => {
      const token = await consumeEmailToken(trx, ['verify_email', 'change_email'], input.token);
      if (token.purpose === 'change_email') await replaceEmail(trx, token);
      else await users.markEmailVerified(trx.db, token.userId);
      await returnHeldHandles(trx, { userId: token.userId, emailCanonical: canonicalizeEmail(token.email) });
      await qualifyReferral(trx, token.userId);
      await recordSecurityEvent(
        trx,
        token.purpose === 'change_email' ? 'email_changed' : 'email_verified',
        token,
      );
      await users.invalidateUser(trx, token.userId);
      return token.userId;
    });
    return await users.getUser(ctx, userId);
  } catch (error) {
    throw users.toTakenError(error);
  }
}

async function replaceEmail(
  ctx: AppTrxCtx,
  { userId, email }: { userId: string; email: string },
): Promise<void> {
  const before = await users.getAccount(ctx, userId);
  await users.updateEmail(ctx.db, userId, {
    address: email,
    canonical: canonicalizeEmail(email),
    previousHmac: ctx.emailHash(canonicalizeEmail(before.email)),
  });
  const { email: to, username } = before;
  await enqueueMail(ctx, { template: 'email-changed', to, username, userId });
}

/** Sends another verification mail, unless the address is already verified. */
export async function resendVerification(ctx: UserCtx): Promise<void> {
  ctx.reportLimit(await ctx.limiter.consume('resendAccount', ctx.principal.userId));
  await withTransaction(ctx, async (trx) => {
    const account = await users.lockAccount(trx, ctx.principal.userId);
    if (!account.emailVerified) await sendEmailToken(trx, 'verify_email', account);
  });
}

/** Stores the request for the worker, so that known and unknown addresses take the same time. */
export async function requestPasswordReset(ctx: Ctx, input: { email: string }): Promise<void> {
  ctx.reportLimit(await ctx.limiter.consume('forgotAccount', input.email.toLowerCase()));
  const { requestId, ip, userAgent = null } = ctx;
  await publishMessage(ctx, passwordResetRequestedTopic, {
    email: input.email,
    origin: { requestId, ip, userAgent },
  });
}

type ResetRequest = z.infer<(typeof passwordResetRequestedTopic)['schema']>;

/** Mails a reset link to the user with the address, if there is one. For the worker. */
export async function sendPasswordReset(ctx: AppCtx, { email, origin }: ResetRequest): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    const account = await users.lockAccountByEmail(trx.db, email);
    if (!account) return;
    await sendEmailToken(trx, 'reset_password', account);
    const requester = { ...trx, ...origin, userAgent: origin.userAgent ?? undefined };
    await recordSecurityEvent(requester, 'password_reset_requested', { userId: account.id });
  });
}

/** Sets a new password with a mailed token, which ends all sessions. */
export async function resetPassword(ctx: Ctx, input: { token: string; password: string }): Promise<void> {
  const owner = await peekEmailToken(ctx, 'reset_password', input.token);
  users.requireStrongPassword('password', input.password, [owner.username, owner.email]);
  const passwordHash = await ctx.passwords.hash(input.password);
  await withTransaction(ctx, async (trx) => {
    const { userId } = await consumeEmailToken(trx, ['reset_password'], input.token);
    await users.updatePasswordHash(trx.db, userId, passwordHash);
    await revokeEmailTokens(trx, userId);
    await endAllSessions(trx, userId);
    await revokePreviewLinksOfUser(trx, userId);
    await clearSignInAttempts(trx, [owner.email, owner.username]);
    const { email: to, username } = owner;
    await enqueueMail(trx, { template: 'password-changed', to, username, userId });
    await recordSecurityEvent(trx, 'password_reset', { userId });
  });
}
