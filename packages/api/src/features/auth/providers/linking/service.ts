import { withTransaction } from '@linkgrove/db';
import type { AppTrxCtx, Ctx } from '../../../../core/context.ts';
import { AppError } from '../../../../core/errors.ts';
import { countIdentities, findIdentityOwner, insertIdentity } from '../../identities/service.ts';
import { enqueueSignInMethodMail } from '../../../mail/service.ts';
import { recordSecurityEvent } from '../../../security-events/service.ts';
import { lockAccount } from '../../../users/service.ts';
import { isSessionLive, listBrowserSessions } from '../../session/service.ts';
import { MAX_IDENTITIES_PER_USER } from '../policy.ts';
import type { ProviderIdentity } from '../schema.ts';

type Session = { userId: string; sessionId: string };

const createOtherSessionError = () =>
  new AppError('UNAUTHENTICATED', 'Sign in again, then link the account from your settings');

/** Links only for the session that asked, in the browser that it asked from; nothing else decides whose identity it is. */
export async function connectIdentity(
  ctx: Ctx,
  { userId, sessionId }: Session,
  { identity, providerName }: { identity: ProviderIdentity; providerName: string },
): Promise<void> {
  const own = await listBrowserSessions(ctx);
  if (own.some((id) => id !== sessionId)) throw createOtherSessionError();
  await withTransaction(ctx, async (trx) => {
    const account = await lockAccount(trx, userId);
    if (!(await isSessionLive(trx.db, sessionId))) throw createOtherSessionError();
    if (!(await addIdentity(trx, userId, identity))) return;
    const details = { provider: identity.provider };
    await recordSecurityEvent(trx, 'identity_linked', { userId, sessionId, details });
    await enqueueSignInMethodMail(trx, { method: providerName, change: 'added' }, account);
  });
}

/** Returns false if the user has it already. Throws `CONFLICT` and `LIMIT_REACHED`. The caller holds the user's lock. */
async function addIdentity(ctx: AppTrxCtx, userId: string, identity: ProviderIdentity): Promise<boolean> {
  const isNew = await insertIdentity(ctx, userId, identity);
  const owner = isNew ? userId : await findIdentityOwner(ctx, identity);
  if (owner !== userId)
    throw new AppError('CONFLICT', 'Somebody else signs in with this account. Use another one.');
  if (isNew && (await countIdentities(ctx, userId)) > MAX_IDENTITIES_PER_USER)
    throw new AppError('LIMIT_REACHED', `You can link at most ${MAX_IDENTITIES_PER_USER} accounts`);
  return isNew;
}
