import { timingSafeEqual } from 'node:crypto';
import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, AppTrxCtx, Ctx } from '../../../../core/context.ts';
import { isUuid } from '../../../../core/crypto/ids.ts';
import { AppError } from '../../../../core/errors.ts';
import { recordSecurityEvent } from '../../../security-events/service.ts';
import { type Account, findAccount, lockUserByPassword } from '../../../users/service.ts';
import {
  beginSession,
  type NewSession,
  type SessionTokens,
  signSessionTokens,
} from '../../session/service.ts';
import {
  clearSignInAttempts,
  countSignInAttempt,
  findAttemptSubject,
  identifyClient,
} from '../../throttle/service.ts';
import { CHALLENGE_MINUTES } from '../policy.ts';
import type { loginMfaInput } from '../schema.ts';
import {
  consumeFactorProof,
  createWrongCodeError,
  listFactorMethods,
  recordUsedRecoveryCode,
} from '../service.ts';
import { isDeviceTrusted, trustDevice } from '../trusted-devices/service.ts';

const createChallengeExpiredError = () =>
  new AppError('TOKEN_EXPIRED', 'This sign-in took too long or was interrupted. Enter your password again.');

type Proven = Pick<Account, 'id' | 'passwordHash'>;

/** The password's hash is part of what is signed, so that a change of the password ends the token. */
const signChallenge = (ctx: Pick<AppCtx, 'keyedHash'>, subject: string, { passwordHash }: Proven): Buffer =>
  ctx.keyedHash('mfaToken', `${subject} ${passwordHash ?? ''}`);

/** `amr`: what has been proven already. */
function createMfaToken(ctx: AppCtx, account: Proven, amr: readonly string[]): string {
  const expiresAt = Math.floor(Date.now() / 1_000) + CHALLENGE_MINUTES * 60;
  const subject = `${account.id}.${expiresAt}.${amr.join('-')}`;
  return `${subject}.${signChallenge(ctx, subject, account).toString('base64url')}`;
}

type Challenge = { account: Account; amr: string[] };

/** Throws `TOKEN_EXPIRED`, also after a change of the password. */
async function requireChallenge(ctx: AppCtx, token: string): Promise<Challenge> {
  const [userId = '', expiresAt = '', amr = '', signature = ''] = token.split('.');
  const account = isUuid(userId) ? await findAccount(ctx.db, userId) : undefined;
  if (!account || account.suspended) throw createChallengeExpiredError();
  const right = signChallenge(ctx, `${userId}.${expiresAt}.${amr}`, account);
  const given = Buffer.from(signature, 'base64url');
  const isSigned = given.length === right.length && timingSafeEqual(given, right);
  if (!isSigned || Number(expiresAt) <= Date.now() / 1_000) throw createChallengeExpiredError();
  return { account, amr: amr.split('-') };
}

/**
 * `MFA_REQUIRED`, if the account has a second factor and does not trust this browser. The caller holds the lock of the
 * user's row and begins no session.
 */
export async function findChallenge(
  ctx: Ctx & AppTrxCtx,
  account: Proven,
  amr: readonly string[],
): Promise<AppError | undefined> {
  const methods = await listFactorMethods(ctx, account.id);
  if (methods.length === 0 || (await isDeviceTrusted(ctx, account.id))) return undefined;
  return new AppError('MFA_REQUIRED', 'Enter a code from your authenticator app', {
    mfaToken: createMfaToken(ctx, account, amr),
    methods,
  });
}

type LoginMfaInput = z.infer<typeof loginMfaInput>;

/**
 * Counts with the attempts at the password, and alone, as a reset of the password clears the former: whoever has the
 * mailbox must not guess without end. Throws `TOKEN_EXPIRED`, `INVALID_CREDENTIALS` and `RATE_LIMITED`.
 */
export async function finishChallenge(ctx: Ctx, input: LoginMfaInput): Promise<SessionTokens> {
  const challenge = await requireChallenge(ctx, input.mfaToken);
  const { id: userId } = challenge.account;
  const client = identifyClient(ctx);
  const subjects = [
    await findAttemptSubject(ctx, 'sign-in', { userId }, client),
    await findAttemptSubject(ctx, 'second-factor', { userId }, client),
  ];
  for (const subject of subjects)
    await countSignInAttempt(ctx, subject, () => recordSecurityEvent(ctx, 'sign_in_limited', { userId }));
  const session = await withTransaction(ctx, (trx) => beginProvenSession(trx, challenge, input));
  if (!session) {
    await recordSecurityEvent(ctx, 'second_factor_failed', { userId });
    throw createWrongCodeError();
  }
  for (const subject of subjects) await clearSignInAttempts(ctx, subject);
  return signSessionTokens(ctx, session);
}

async function beginProvenSession(
  ctx: Ctx & AppTrxCtx,
  { account, amr }: Challenge,
  { trustDevice: isTrusting, ...proof }: LoginMfaInput,
): Promise<NewSession | undefined> {
  const { id: userId } = account;
  if (!(await lockUserByPassword(ctx.db, userId, account.passwordHash))) throw createChallengeExpiredError();
  const method = await consumeFactorProof(ctx, userId, proof);
  if (method === null) return undefined;
  if (isTrusting) await trustDevice(ctx, userId);
  const session = await beginSession(ctx, { userId, amr: [...new Set([...amr, 'otp', 'mfa'])] });
  const { sessionId } = session;
  await recordSecurityEvent(ctx, 'signed_in', { userId, sessionId, details: { secondFactor: method } });
  if (method === 'recovery_code') await recordUsedRecoveryCode(ctx, account, sessionId);
  return session;
}
