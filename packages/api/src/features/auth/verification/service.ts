import { withTransaction } from '@linkgrove/db';
import type { AppTrxCtx, Ctx, UserCtx } from '../../../core/context.ts';
import { findSignedInUserId } from '../../../core/principal.ts';
import { canonicalizeMailbox } from '../../../core/text/mailbox-providers.ts';
import { publishEvent } from '../../events/service.ts';
import { enqueueSecurityMail } from '../../mail/service.ts';
import { invalidateCachedPages, returnHeldHandles } from '../../pages/handles/service.ts';
import { qualifyReferral } from '../../referrals/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import type { User } from '../../users/schema.ts';
import * as users from '../../users/service.ts';
import {
  consumeEmailToken,
  consumeVerificationToken,
  createTokenExpiredError,
  hasLiveEmailToken,
  sendEmailToken,
} from '../email-token/service.ts';
import { anonymiseAccount } from '../erasure/service.ts';
import { endAllSessions } from '../session/service.ts';

/** A new address ends all sessions but the requesting one. Throws `TOKEN_EXPIRED`, and `EMAIL_TAKEN` in a race. */
export async function verifyEmail(ctx: Ctx, input: { token: string }): Promise<User> {
  const signedInAs = await findSignedInUserId(ctx);
  try {
    return await withTransaction(ctx, async (trx) => {
      const token = await consumeVerificationToken(trx, input.token);
      const before = await users.getAccount(trx, token.userId);
      if (token.purpose === 'change_email') await replaceEmail(trx, token, before);
      // The person who opens the mail elsewhere may not be the one who signed up.
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

/** Gives a user the handles held for the verified mailbox, and the referrer the success. */
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
