import { withTransaction } from '@linkgrove/db';
import type { AppTrxCtx, Ctx } from '../../../../core/context.ts';
import { generateToken } from '../../../../core/crypto/crypto.ts';
import { findSignedInUserId } from '../../../../core/principal.ts';
import { recordSecurityEvent } from '../../../security-events/service.ts';
import { getAccount, invalidateUser, updatePasswordHash } from '../../../users/service.ts';
import { deleteCredentialsSince } from '../../credentials/service.ts';
import {
  consumeEmailToken,
  peekEmailToken,
  revokeEmailChange,
  sendEmailToken,
} from '../../email-token/service.ts';
import { endTrustOfDevice } from '../../second-factor/trusted-devices/service.ts';
import { endSessionsSince } from '../../session/service.ts';
import { findSessionOrigin, eraseOrigin } from '../service.ts';

const PURPOSE = 'report_sign_in';

/**
 * Ends the session of a sign-in that the user does not know, and what began or was made since. A password that was used
 * for it, or changed since, stops working. The owner of the address gets a link to choose a new one. Throws `TOKEN_EXPIRED`.
 */
export async function reportSignIn(ctx: Ctx, { token }: { token: string }): Promise<void> {
  await peekEmailToken(ctx, [PURPOSE], token);
  const signedInAs = await findSignedInUserId(ctx);
  const unknownPassword = await ctx.passwords.hash(generateToken());
  await withTransaction(ctx, async (trx) => {
    const { userId, sessionId } = await consumeEmailToken(trx, [PURPOSE], token);
    const account = await getAccount(trx, userId);
    const isPasswordTheirs = sessionId !== null && (await endReportedSession(trx, { userId, sessionId }));
    if (isPasswordTheirs && account.passwordHash !== null)
      await updatePasswordHash(trx.db, userId, unknownPassword);
    // The intruder may wait for the confirmation in a mailbox of their own.
    await revokeEmailChange(trx, userId);
    await sendEmailToken(trx, 'reset_password', account);
    await recordSecurityEvent(trx, 'sign_in_reported', {
      userId,
      ...(sessionId !== null && { sessionId }),
      isOriginHidden: userId !== signedInAs,
    });
  });
}

/** Also ends what the intruder may have left: sessions, ways in, second factors, keys. Returns whether they know the password. */
async function endReportedSession(
  ctx: AppTrxCtx,
  { userId, sessionId }: { userId: string; sessionId: string },
): Promise<boolean> {
  const origin = await findSessionOrigin(ctx.db, sessionId);
  await endSessionsSince(ctx, userId, sessionId);
  await deleteCredentialsSince(ctx, userId, sessionId);
  await invalidateUser(ctx, userId);
  if (!origin) return false;
  if (origin.deviceHash) await endTrustOfDevice(ctx, userId, origin.deviceHash);
  await eraseOrigin(ctx, userId, origin);
  return origin.isPasswordNew || origin.amr.includes('pwd');
}
