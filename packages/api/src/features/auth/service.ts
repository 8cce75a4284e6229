import { type EmailTokenPurpose, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, AppTrxCtx, Ctx, UserCtx } from '../../core/context.ts';
import { hashClientNetwork } from '../../core/http/client-address.ts';
import { canonicalizeMailbox } from '../../core/text/mailbox-providers.ts';
import { AppError } from '../../core/errors.ts';
import { findSignedInUserId } from '../../core/principal.ts';
import { publishEvent } from '../events/service.ts';
import { enqueueSecurityMail } from '../mail/service.ts';
import { publishMessage } from '../outbox/service.ts';
import { invalidateCachedPages, returnHeldHandles } from '../pages/handles/service.ts';
import { revokePreviewLinksOfUser } from '../pages/service.ts';
import { qualifyReferral } from '../referrals/service.ts';
import { recordSecurityEvent } from '../security-events/service.ts';
import { revokeInvitationsOfUser } from '../workspaces/invitations/service.ts';
import { deleteForeignCredentials, deleteUnprovenCredentials } from './credentials/service.ts';
import {
  consumeEmailToken,
  consumeVerificationToken,
  hasLiveEmailToken,
  createTokenExpiredError,
  PASSWORD_PURPOSES,
  peekEmailToken,
  revokeEmailTokens,
  sendEmailToken,
} from './email-token/service.ts';
import { anonymiseAccount } from './erasure/service.ts';
import { passwordResetRequestedTopic } from './schema.ts';
import { findChallenge } from './second-factor/challenge/service.ts';
import { endTrustOfUser } from './second-factor/trusted-devices/service.ts';
import { PASSWORD_AMR } from './session/policy.ts';
import {
  beginSession,
  endAllSessions,
  isKnownDevice,
  type SessionTokens,
  signSessionTokens,
} from './session/service.ts';
import {
  type AttemptSubject,
  clearAttemptsOnAccount,
  clearSignInAttempts,
  countResetRequest,
  countSignInAttempt,
  findAttemptSubject,
  identifyClient,
} from './throttle/service.ts';
import type { User } from '../users/schema.ts';
import * as users from '../users/service.ts';

/** A reset link that works for less time than this does not stop another mail. */
const RESET_LINK_REST_MINUTES = 10;

const createWrongCredentialsError = () =>
  new AppError('INVALID_CREDENTIALS', 'Wrong email, username or password');

/**
 * An unknown name and a wrong password get the same answer in the same time, so that nobody can probe for accounts.
 * Throws `MFA_REQUIRED` after the right password of an account with a second factor.
 */
export async function signIn(
  ctx: Ctx,
  input: { identifier: string; password: string },
): Promise<SessionTokens> {
  const account = await users.findAccount(ctx.db, input.identifier);
  const subject = await takeSignInAttempt(ctx, input.identifier, account?.id);
  const isRight = await ctx.passwords.verify(input.password, account?.passwordHash);
  if (!isRight || !account?.passwordHash) {
    await recordSecurityEvent(ctx, 'sign_in_failed', { userId: account?.id ?? null });
    throw createWrongCredentialsError();
  }
  if (account.suspended) throw new AppError('FORBIDDEN', 'This account is suspended');
  const rehash =
    ctx.passwords.needsRehash(account.passwordHash) && (await ctx.passwords.hash(input.password));
  const session = await withTransaction(ctx, async (trx) => {
    // A password change ends all sessions, so the old password must not start one after it.
    if (!(await users.lockUserByPassword(trx.db, account.id, account.passwordHash)))
      throw createWrongCredentialsError();
    if (rehash) await users.updatePasswordHash(trx.db, account.id, rehash);
    const passwordHash = rehash || account.passwordHash;
    const challenge = await findChallenge(trx, { id: account.id, passwordHash }, PASSWORD_AMR);
    if (challenge) return challenge;
    const begun = await beginSession(trx, { userId: account.id, amr: PASSWORD_AMR });
    await recordSecurityEvent(trx, 'signed_in', { userId: account.id, sessionId: begun.sessionId });
    return begun;
  });
  if (session instanceof AppError) throw session;
  await clearSignInAttempts(ctx, subject);
  return signSessionTokens(ctx, session);
}

export async function takeSignInAttempt(
  ctx: Ctx,
  name: string,
  userId: string | undefined,
): Promise<AttemptSubject> {
  const target = userId === undefined ? { name } : { userId };
  const subject = await findAttemptSubject(ctx, 'sign-in', target, identifyClient(ctx));
  if (subject.knownBy !== 'device') ctx.reportLimit(await ctx.limiter.consume('login', ctx.address));
  await countSignInAttempt(ctx, subject, () =>
    recordSecurityEvent(ctx, 'sign_in_limited', { userId: userId ?? null }),
  );
  return subject;
}

/** A new address ends all sessions but the requesting one. Throws `TOKEN_EXPIRED`, and `EMAIL_TAKEN` in a race. */
export async function verifyEmail(ctx: Ctx, input: { token: string }): Promise<User> {
  const signedInAs = await findSignedInUserId(ctx);
  try {
    return await withTransaction(ctx, async (trx) => {
      const token = await consumeVerificationToken(trx, input.token);
      const before = await users.getAccount(trx, token.userId);
      if (token.purpose === 'change_email') await replaceEmail(trx, token, before);
      // Whoever opens the mail elsewhere may not be who signed up.
      await users.markEmailVerified(trx.db, token.userId, token.userId === signedInAs);
      await applyVerification(trx, token);
      const type = token.purpose === 'change_email' ? 'email_changed' : 'email_verified';
      await recordSecurityEvent(trx, type, toEventSubject(token.userId, signedInAs));
      await users.invalidateUser(trx, token.userId);
      await invalidateCachedPages(trx, { ownerId: token.userId });
      // Read before the commit, so that no failure after it answers a change that has happened.
      const user = await users.readUser(trx, token.userId);
      if (!before.emailVerified) await announceVerification(trx, user);
      return user;
    });
  } catch (error) {
    throw users.toTakenError(error);
  }
}

/** What a user gets for a verified address: handles held for its mailbox, and the referrer's success. */
async function applyVerification(
  ctx: AppTrxCtx,
  { userId, email }: { userId: string; email: string },
): Promise<void> {
  await returnHeldHandles(ctx, { userId, emailCanonical: canonicalizeMailbox(email) });
  await qualifyReferral(ctx, userId);
}

/** For a new user whose address somebody else has verified. Throws `EMAIL_TAKEN` in a race. */
export async function acceptProvenEmail(
  ctx: AppTrxCtx,
  { userId, email }: { userId: string; email: string },
): Promise<User> {
  await users.markEmailVerified(ctx.db, userId, true);
  await applyVerification(ctx, { userId, email });
  await recordSecurityEvent(ctx, 'email_verified', { userId });
  const user = await users.readUser(ctx, userId);
  await announceVerification(ctx, user);
  return user;
}

async function announceVerification(ctx: AppTrxCtx, user: User): Promise<void> {
  const { platformWorkspaceId: workspaceId } = ctx.config;
  if (workspaceId === undefined) return;
  const { id, username, email, createdAt } = user;
  const data = { id, username, email, createdAt };
  await publishEvent(ctx, 'user.verified', { workspaceId, objectId: id, data });
}

/** Deletes the unverified account, or cancels the change. Throws `TOKEN_EXPIRED`, also for a verified account. */
export async function rejectVerification(ctx: Ctx, input: { token: string }): Promise<void> {
  const signedInAs = await findSignedInUserId(ctx);
  await withTransaction(ctx, async (trx) => {
    const { userId, purpose } = await consumeEmailToken(trx, ['verify_email', 'change_email'], input.token);
    if (purpose === 'change_email')
      return recordSecurityEvent(trx, 'email_change_declined', toEventSubject(userId, signedInAs));
    const account = await users.lockAccount(trx, userId);
    if (account.emailVerified) throw createTokenExpiredError();
    await anonymiseAccount(trx, account);
  });
}

// The mailbox may be somebody else's, whose address and browser the account's user must not see.
const toEventSubject = (userId: string, signedInAs: string | undefined) => ({
  userId,
  isOriginHidden: userId !== signedInAs,
});

async function replaceEmail(
  ctx: AppTrxCtx,
  { userId, email, sessionId }: { userId: string; email: string; sessionId: string | null },
  before: users.Account,
): Promise<void> {
  if (before.emailVerified)
    await users.insertPreviousEmail(ctx.db, userId, ctx.emailHash(canonicalizeMailbox(before.email)));
  await users.updateEmail(ctx.db, userId, { address: email, canonical: canonicalizeMailbox(email) });
  await endAllSessions(ctx, userId, sessionId ?? undefined);
  await mailEmailChanged(ctx, before);
}

/** Each address gets a link of its own, and a second change back and forth no other, so that a thief cannot revoke it. */
async function mailEmailChanged(ctx: AppTrxCtx, before: users.Account): Promise<void> {
  const { id: userId, emailVerified } = before;
  if (emailVerified && !(await hasLiveEmailToken(ctx, 'undo_email_change', { userId, email: before.email })))
    await sendEmailToken(ctx, 'undo_email_change', before);
  else await enqueueSecurityMail(ctx, 'email-changed', before);
}

export async function resendVerification(ctx: UserCtx): Promise<void> {
  ctx.reportLimit(await ctx.limiter.consume('resendAccount', ctx.principal.userId));
  await withTransaction(ctx, async (trx) => {
    const account = await users.lockAccount(trx, ctx.principal.userId);
    if (account.emailVerified) return;
    const { createdAt: at, signUpCountry: country } = account;
    await sendEmailToken(trx, 'verify_email', { ...account, at, country });
  });
}

/** Stores the request for the worker, so that known and unknown addresses take the same time. */
export async function requestPasswordReset(ctx: Ctx, input: { email: string }): Promise<void> {
  await limitMailRequests(ctx);
  const { requestId, ip, userAgent = null } = ctx;
  const deviceHash = identifyClient(ctx).deviceHash.toString('hex');
  await publishMessage(ctx, passwordResetRequestedTopic, {
    email: input.email,
    origin: { requestId, ip, userAgent, deviceHash },
  });
}

/** A device that has signed in before has a budget that does not depend on the requested account. */
export async function limitMailRequests(ctx: Ctx): Promise<void> {
  try {
    ctx.reportLimit(await ctx.limiter.consume('forgot', ctx.address));
  } catch (error) {
    const { deviceHash } = identifyClient(ctx);
    if (!(await isKnownDevice(ctx, deviceHash))) throw error;
    ctx.reportLimit(await ctx.limiter.consume('forgotDevice', deviceHash.toString('hex')));
  }
}

type ResetRequest = z.infer<(typeof passwordResetRequestedTopic)['schema']>;

/** Drops requests beyond the budget while an earlier link works: strangers can neither flood nor lock out the owner. */
export async function sendPasswordReset(ctx: AppCtx, { email, origin }: ResetRequest): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    const account = await users.lockAccountByEmail(trx.db, email);
    if (!account) return;
    if (!(await takeMailRequest(trx, account, { purpose: 'reset_password', origin }))) {
      ctx.logger.info({ userId: account.id }, 'password reset mail dropped: too many requests');
      return;
    }
    await sendEmailToken(trx, 'reset_password', account);
    const requester = { ...trx, ...origin, userAgent: origin.userAgent ?? undefined };
    await recordSecurityEvent(requester, 'password_reset_requested', { userId: account.id });
  });
}

/** A stranger's requests never keep a link from the owner, only another one while a link works. */
export async function takeMailRequest(
  ctx: AppTrxCtx,
  { id: userId, email }: users.Account,
  { purpose, origin }: { purpose: EmailTokenPurpose; origin: { ip: string; deviceHash: string } },
): Promise<boolean> {
  const { ip, deviceHash } = origin;
  const client = {
    deviceHash: Buffer.from(deviceHash, 'hex'),
    networkHash: hashClientNetwork({ ip, keyedHash: ctx.keyedHash }),
  };
  if (await countResetRequest(ctx, userId, client)) return true;
  const restMinutes = purpose === 'reset_password' ? RESET_LINK_REST_MINUTES : 0;
  return !(await hasLiveEmailToken(ctx, purpose, { userId, email, restMinutes }));
}

export async function resetPassword(ctx: Ctx, input: { token: string; password: string }): Promise<void> {
  const owner = await peekEmailToken(ctx, PASSWORD_PURPOSES, input.token);
  await users.requireStrongPassword('password', input.password, [owner.username, owner.email]);
  await users.requireUnbreachedPassword(ctx, 'password', input.password);
  const passwordHash = await ctx.passwords.hash(input.password);
  await withTransaction(ctx, async (trx) => {
    const { userId, purpose } = await consumeEmailToken(trx, PASSWORD_PURPOSES, input.token);
    // Whoever registered a mailbox that they did not own may have left other ways in.
    if (owner.emailVerified) await deleteUnprovenCredentials(trx, userId);
    else await deleteForeignCredentials(trx, userId);
    await users.invalidateUser(trx, userId);
    await users.updatePasswordHash(trx.db, userId, passwordHash);
    await revokeEmailTokens(trx, userId);
    await endAllSessions(trx, userId);
    await endTrustOfUser(trx, userId);
    await revokePreviewLinksOfUser(trx, userId);
    await revokeInvitationsOfUser(trx, userId);
    await clearAttemptsOnAccount(trx, userId);
    await enqueueSecurityMail(trx, 'password-changed', { ...owner, id: userId });
    await recordSecurityEvent(trx, 'password_reset', { userId });
    if (purpose === 'account_invitation' && !owner.emailVerified) await acceptInvitation(trx, owner);
  });
}

/** The link came by mail, and nobody else has ever had the account. Throws `EMAIL_TAKEN` in a race. */
async function acceptInvitation(
  ctx: AppTrxCtx,
  { userId, email }: { userId: string; email: string },
): Promise<void> {
  try {
    await acceptProvenEmail(ctx, { userId, email });
    await users.invalidateUser(ctx, userId);
  } catch (error) {
    throw users.toTakenError(error);
  }
}
