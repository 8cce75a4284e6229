import { randomBytes } from 'node:crypto';
import { withTransaction } from '@linkgrove/db';
import type {
  AppCtx,
  AppTrxCtx,
  DbCtx,
  SessionCtx,
  SessionPrincipal,
  TrxCtx,
} from '../../../core/context.ts';
import { hashWithSha256 } from '../../../core/crypto/crypto.ts';
import { buildTotpUrl, encodeBase32, findTotpStep, generateTotpSecret } from '../../../core/crypto/totp.ts';
import { AppError } from '../../../core/errors.ts';
import { renderQrSvg } from '../../../core/qr.ts';
import { isFactorRequired } from '../../../core/required-factor.ts';
import { enqueueSecurityMail } from '../../mail/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { type Account, getAccount, invalidateUser, lockAccount } from '../../users/service.ts';
import { endAllSessions } from '../session/service.ts';
import { clearProofAttempts, countProofAttempt } from '../throttle/service.ts';
import { RECOVERY_CODE_BYTES, RECOVERY_CODES } from './policy.ts';
import * as queries from './queries.ts';
import { endTrustOfUser } from './trusted-devices/service.ts';

export type FactorMethod = 'totp' | 'recovery_code';
export type FactorProof = { code?: string | undefined; recoveryCode?: string | undefined };
type RecoveryCodes = { recoveryCodes: string[] };

export const createWrongCodeError = (): AppError => new AppError('INVALID_CREDENTIALS', 'Wrong code');
const createFactorExistsError = () =>
  new AppError('CONFLICT', 'You have an authenticator app already. Remove it first.');
const createNoFactorError = () => new AppError('NOT_FOUND', 'You have no authenticator app');

/** Throws `CONFLICT` if there is a confirmed factor, and the error of `requireEnrolmentProof`. */
export async function setUpTotp(ctx: SessionCtx): Promise<{ secret: string; url: string; qrSvg: string }> {
  await requireEnrolmentProof(ctx);
  const { userId } = ctx.principal;
  const { email: account } = await getAccount(ctx, userId);
  const secret = generateTotpSecret();
  const sealed = ctx.secretBox.seal('totpSecret', userId, secret);
  if (!(await queries.insertPendingFactor(ctx.db, userId, sealed))) throw createFactorExistsError();
  const url = buildTotpUrl(secret, { issuer: new URL(ctx.config.appUrl).hostname, account });
  return { secret, url, qrSvg: renderQrSvg(url) };
}

/** The other sessions end, as none of them proved the new factor. Throws `INVALID_CREDENTIALS`, `RATE_LIMITED`, `CONFLICT`. */
export async function confirmTotp(ctx: SessionCtx, { code }: { code: string }): Promise<RecoveryCodes> {
  const { userId, sessionId } = ctx.principal;
  await countProofAttempt(ctx, 'code', userId);
  const codes = await withTransaction(ctx, async (trx) => {
    const account = await lockAccount(trx, userId);
    const factor = await queries.findTotpFactor(trx.db, userId);
    if (factor?.isConfirmed) throw createFactorExistsError();
    if (!factor || factor.isOld)
      throw new AppError('CONFLICT', 'Get a new secret with POST /api/me/totp first');
    const step = findTotpStep(ctx.secretBox.open('totpSecret', userId, factor.secret), code, Date.now());
    if (step === undefined) throw createWrongCodeError();
    await queries.markFactorConfirmed(trx.db, userId, step);
    await endAllSessions(trx, userId, sessionId);
    await reportFactorChange(trx, 'totp_added', account, { sessionId });
    return renewRecoveryCodes(trx, userId);
  });
  await clearProofAttempts(ctx, 'code', userId);
  return codes;
}

const REPORTS = {
  totp_added: 'totp-added',
  totp_removed: 'totp-removed',
  recovery_codes_replaced: 'recovery-codes-replaced',
} as const;

type Origin = { sessionId: string } | { actorId: string; details: { reason: string } };

async function reportFactorChange(
  ctx: AppTrxCtx,
  type: keyof typeof REPORTS,
  account: Account,
  origin: Origin,
): Promise<void> {
  const { id: userId } = account;
  await endTrustOfUser(ctx, userId);
  await recordSecurityEvent(ctx, type, { userId, ...origin });
  await enqueueSecurityMail(ctx, REPORTS[type], account);
  await invalidateUser(ctx, userId);
}

/** Whatever the code was used for. */
export async function recordUsedRecoveryCode(
  ctx: AppTrxCtx,
  account: Account,
  sessionId: string,
): Promise<void> {
  await recordSecurityEvent(ctx, 'recovery_code_used', { userId: account.id, sessionId });
  await enqueueSecurityMail(ctx, 'recovery-code-used', account);
  await invalidateUser(ctx, account.id);
}

const formatRecoveryCode = (text: string): string => (text.match(/.{4}/g) ?? []).join('-');

/** The codes are random enough to be stored as plain SHA-256. */
async function renewRecoveryCodes(ctx: TrxCtx, userId: string): Promise<RecoveryCodes> {
  const codes = Array.from({ length: RECOVERY_CODES }, () => encodeBase32(randomBytes(RECOVERY_CODE_BYTES)));
  await queries.replaceRecoveryCodeRows(ctx.db, userId, codes.map(hashWithSha256));
  return { recoveryCodes: codes.map(formatRecoveryCode) };
}

/** Throws `NOT_FOUND` without a factor. */
export async function replaceRecoveryCodes(ctx: SessionCtx): Promise<RecoveryCodes> {
  const { userId, sessionId } = ctx.principal;
  return withTransaction(ctx, async (trx) => {
    const account = await lockAccount(trx, userId);
    if (!(await hasSecondFactor(trx, userId))) throw createNoFactorError();
    await reportFactorChange(trx, 'recovery_codes_replaced', account, { sessionId });
    return renewRecoveryCodes(trx, userId);
  });
}

/** A code or recovery code is the proof that this needs. Throws `INVALID_CREDENTIALS`, `RATE_LIMITED`, `NOT_FOUND`. */
export async function removeTotp(ctx: SessionCtx, { code }: { code: string }): Promise<void> {
  const { userId, sessionId } = ctx.principal;
  if (!(await hasSecondFactor(ctx, userId))) throw createNoFactorError();
  await requireFactorCode(ctx, code);
  await withTransaction(ctx, async (trx) => {
    const account = await lockAccount(trx, userId);
    await deleteFactors(trx, userId);
    await reportFactorChange(trx, 'totp_removed', account, { sessionId });
  });
}

/** For somebody who lost the app. The caller holds the lock of the user's row. Throws `NOT_FOUND` without a factor. */
export async function removeFactorOfUser(
  ctx: AppTrxCtx,
  account: Account,
  origin: { actorId: string; details: { reason: string } },
): Promise<void> {
  if (!(await hasSecondFactor(ctx, account.id)))
    throw new AppError('NOT_FOUND', 'This user has no authenticator app');
  await deleteFactors(ctx, account.id);
  await endAllSessions(ctx, account.id);
  await reportFactorChange(ctx, 'totp_removed', account, origin);
}

/** Checks a code or recovery code of a signed-in user, which is then used. Throws `INVALID_CREDENTIALS` and `RATE_LIMITED`. */
export async function requireFactorCode(ctx: SessionCtx, code: string): Promise<void> {
  const { userId, sessionId } = ctx.principal;
  await countProofAttempt(ctx, 'code', userId);
  const proof = /^\d{6}$/.test(code) ? { code } : { recoveryCode: code };
  const method = await withTransaction(ctx, async (trx) => {
    const account = await lockAccount(trx, userId);
    const used = await consumeFactorProof(trx, userId, proof);
    if (used === 'recovery_code') await recordUsedRecoveryCode(trx, account, sessionId);
    return used;
  });
  if (method === null) throw createWrongCodeError();
  await clearProofAttempts(ctx, 'code', userId);
}

/** Encrypts the secrets with the current pepper. Returns how many it changed. */
export async function resealTotpSecrets({
  db,
  secretBox,
}: Pick<AppCtx, 'db' | 'secretBox'>): Promise<number> {
  const factors = await queries.listTotpSecrets(db);
  for (const { userId, secret } of factors) {
    const after = secretBox.seal('totpSecret', userId, secretBox.open('totpSecret', userId, secret));
    await queries.replaceTotpSecret(db, userId, { before: secret, after });
  }
  return factors.length;
}

async function deleteFactors(ctx: TrxCtx, userId: string): Promise<void> {
  await queries.deleteFactor(ctx.db, userId);
  await queries.replaceRecoveryCodeRows(ctx.db, userId, []);
}

export const hasSecondFactor = async (ctx: DbCtx, userId: string): Promise<boolean> =>
  (await queries.findTotpFactor(ctx.db, userId))?.isConfirmed === true;

/** With an app, every session has passed it. Without one, a passkey began this session. */
export const hasProvenFactor = async (
  ctx: DbCtx,
  { userId, sessionId }: Pick<SessionPrincipal, 'userId' | 'sessionId'>,
): Promise<boolean> =>
  (await hasSecondFactor(ctx, userId)) || queries.isSessionMultiFactor(ctx.db, sessionId);

/**
 * Where a second factor is required, a stolen password must neither add one nor change the address that proves the owner.
 * Throws `REAUTHENTICATION_REQUIRED`.
 */
export async function requireEnrolmentProof(ctx: SessionCtx): Promise<void> {
  const { userId, sessionId } = ctx.principal;
  const { role } = await getAccount(ctx, userId);
  if (!isFactorRequired(ctx.config, role)) return;
  if (await queries.isSessionOfOwner(ctx.db, sessionId)) return;
  if (await hasProvenFactor(ctx, ctx.principal)) return;
  throw new AppError(
    'REAUTHENTICATION_REQUIRED',
    'Your password alone is not enough for this. Sign in with a code that we mail to you, and try again.',
    { methods: ['login_link'] },
  );
}

export async function listFactorMethods(ctx: DbCtx, userId: string): Promise<FactorMethod[]> {
  if (!(await hasSecondFactor(ctx, userId))) return [];
  return (await queries.hasRecoveryCodes(ctx.db, userId)) ? ['totp', 'recovery_code'] : ['totp'];
}

/** A right one cannot be used again. Of parallel calls with the same one, one gets the method and the others null. */
export async function consumeFactorProof(
  ctx: AppTrxCtx,
  userId: string,
  { code, recoveryCode }: FactorProof,
): Promise<FactorMethod | null> {
  if (recoveryCode !== undefined)
    return (await queries.takeRecoveryCode(ctx.db, userId, hashWithSha256(recoveryCode)))
      ? 'recovery_code'
      : null;
  const factor = await queries.findTotpFactor(ctx.db, userId);
  if (code === undefined || !factor?.isConfirmed) return null;
  const step = findTotpStep(ctx.secretBox.open('totpSecret', userId, factor.secret), code, Date.now());
  return step !== undefined && (await queries.takeStep(ctx.db, userId, step)) ? 'totp' : null;
}
