import { withTransaction } from '@linkgrove/db';
import type { Ctx } from '../../core/context.ts';
import { AppError } from '../../core/errors.ts';
import { recordSecurityEvent } from '../security-events/service.ts';
import * as users from '../users/service.ts';
import { findChallenge } from './second-factor/challenge/service.ts';
import { PASSWORD_AMR } from './session/policy.ts';
import { beginSession, type SessionTokens, signSessionTokens } from './session/service.ts';
import {
  type AttemptSubject,
  clearSignInAttempts,
  countSignInAttempt,
  findAttemptSubject,
  identifyClient,
} from './throttle/service.ts';

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
