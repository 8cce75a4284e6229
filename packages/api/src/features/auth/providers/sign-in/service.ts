import { withTransaction } from '@linkgrove/db';
import type { Ctx } from '../../../../core/context.ts';
import { AppError } from '../../../../core/errors.ts';
import { recordSecurityEvent } from '../../../security-events/service.ts';
import { lockAccount } from '../../../users/service.ts';
import { findIdentityOwner, markIdentityUsed } from '../../identities/service.ts';
import { findChallenge } from '../../second-factor/challenge/service.ts';
import { beginSession, type SessionTokens, signSessionTokens } from '../../session/service.ts';
import { PROVIDER_AMR } from '../policy.ts';
import type { ProviderIdentity } from '../schema.ts';
import { type NewIdentity, signUpWithIdentity } from '../sign-up/service.ts';

/** The user of the identity, or a new one. Throws like `signUpWithIdentity`, `FORBIDDEN` to suspended users, and `MFA_REQUIRED`. */
export async function signInWithIdentity(ctx: Ctx, arrival: NewIdentity): Promise<SessionTokens> {
  const { identity } = arrival;
  const owner = await findIdentityOwner(ctx, identity);
  if (owner !== undefined) return signInOwner(ctx, owner, identity);
  try {
    return (await signUpWithIdentity(ctx, arrival)).tokens;
  } catch (error) {
    // A second tab may have been faster.
    const newOwner = await findIdentityOwner(ctx, identity);
    if (newOwner === undefined) throw error;
    return signInOwner(ctx, newOwner, identity);
  }
}

async function signInOwner(ctx: Ctx, userId: string, identity: ProviderIdentity): Promise<SessionTokens> {
  const session = await withTransaction(ctx, async (trx) => {
    const account = await lockAccount(trx, userId);
    if (account.suspended) throw new AppError('FORBIDDEN', 'This account is suspended');
    if (!(await markIdentityUsed(trx, userId, identity)))
      throw new AppError('INVALID_CREDENTIALS', 'This account at the provider was removed just now');
    const challenge = await findChallenge(trx, account, PROVIDER_AMR);
    if (challenge) return challenge;
    const begun = await beginSession(trx, { userId, amr: PROVIDER_AMR });
    const { sessionId } = begun;
    const details = { provider: identity.provider };
    await recordSecurityEvent(trx, 'signed_in', { userId, sessionId, details });
    return begun;
  });
  if (session instanceof AppError) throw session;
  return signSessionTokens(ctx, session);
}
