import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, AppTrxCtx, Ctx } from '../../../core/context.ts';
import { enqueueSecurityMail } from '../../mail/service.ts';
import { publishMessage } from '../../outbox/service.ts';
import { revokePreviewLinksOfUser } from '../../pages/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import * as users from '../../users/service.ts';
import { revokeInvitationsOfUser } from '../../workspaces/invitations/service.ts';
import { deleteForeignCredentials, deleteUnprovenCredentials } from '../credentials/service.ts';
import {
  consumeEmailToken,
  PASSWORD_PURPOSES,
  peekEmailToken,
  revokeEmailTokens,
  sendEmailToken,
} from '../email-token/service.ts';
import { limitMailRequests, takeMailRequest } from '../mail-requests/service.ts';
import { passwordResetRequestedTopic } from '../schema.ts';
import { endTrustOfUser } from '../second-factor/trusted-devices/service.ts';
import { endAllSessions } from '../session/service.ts';
import { clearAttemptsOnAccount, identifyClient } from '../throttle/service.ts';
import { acceptProvenEmail } from '../verification/service.ts';

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

export async function resetPassword(ctx: Ctx, input: { token: string; password: string }): Promise<void> {
  const owner = await peekEmailToken(ctx, PASSWORD_PURPOSES, input.token);
  await users.requireStrongPassword('password', input.password, [owner.username, owner.email]);
  await users.requireUnbreachedPassword(ctx, 'password', input.password);
  const passwordHash = await ctx.passwords.hash(input.password);
  await withTransaction(ctx, async (trx) => {
    const { userId, purpose } = await consumeEmailToken(trx, PASSWORD_PURPOSES, input.token);
    // A stranger who registered this mailbox may have left other ways in.
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
