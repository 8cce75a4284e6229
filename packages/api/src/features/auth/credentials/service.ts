import type { RawBuilder } from 'kysely';
import { invalidateCached } from '../../../core/cache/caches.ts';
import type { AppTrxCtx, TrxCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { markProven } from '../../users/service.ts';
import * as queries from './queries.ts';

export { listProofKinds } from './queries.ts';

/** The caller holds the lock of the user's row. Throws `LAST_SIGN_IN_METHOD`. */
export async function requireOtherWayIn(ctx: TrxCtx, userId: string, idThatGoes: string): Promise<void> {
  if (await queries.hasOtherWayIn(ctx.db, userId, idThatGoes)) return;
  throw new AppError(
    'LAST_SIGN_IN_METHOD',
    'This is your only way to sign in. Set a password or add another way first.',
  );
}

/** All but the password: identities, and whatever `TABLES` names. */
export const deleteCredentials = (ctx: TrxCtx, userId: string): Promise<void> =>
  queries.deleteCredentialRows(ctx.db, userId);

/** For an account that somebody else has used: with its API keys and webhooks they would go on. */
export async function deleteForeignCredentials(ctx: AppTrxCtx, userId: string): Promise<void> {
  await deleteCredentials(ctx, userId);
  await endProgramAccess(ctx, userId, queries.always);
}

/** The same for what was made before the owner of the address is known to use the account, if somebody else did. */
export async function deleteUnprovenCredentials(ctx: AppTrxCtx, userId: string): Promise<void> {
  const condition = queries.unprovenCondition(userId);
  await queries.deleteDatedRows(ctx.db, userId, condition);
  await endProgramAccess(ctx, userId, condition);
  await markProven(ctx.db, userId);
}

/** The same for what was made since somebody else's session began. */
export async function deleteCredentialsSince(
  ctx: AppTrxCtx,
  userId: string,
  sessionId: string,
): Promise<void> {
  const condition = queries.madeSinceCondition(sessionId);
  await queries.deleteDatedRows(ctx.db, userId, condition);
  await endProgramAccess(ctx, userId, condition);
}

async function endProgramAccess(
  ctx: AppTrxCtx,
  userId: string,
  condition: RawBuilder<boolean>,
): Promise<void> {
  await queries.deleteWebhookRows(ctx.db, userId, condition);
  for (const { id: keyId, hash } of await queries.revokeKeyRows(ctx.db, userId, condition)) {
    await invalidateCached(ctx, 'keys', hash.toString('base64'));
    await recordSecurityEvent(ctx, 'key_revoked', { userId, details: { keyId }, isOriginHidden: true });
  }
}
