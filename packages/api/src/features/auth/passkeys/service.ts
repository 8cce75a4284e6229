import { isUniqueViolation, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppTrxCtx, Ctx, DbCtx, SessionCtx } from '../../../core/context.ts';
import { generateId, toUuidBytes } from '../../../core/crypto/ids.ts';
import { AppError, createValidationError } from '../../../core/errors.ts';
import { enqueueSignInMethodMail } from '../../mail/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { getAccount, invalidateUser, lockAccount } from '../../users/service.ts';
import { requireOtherWayIn } from '../credentials/service.ts';
import { requireEnrolmentProof } from '../second-factor/service.ts';
import {
  beginSession,
  formatDevice,
  type NewSession,
  type SessionTokens,
  signSessionTokens,
} from '../session/service.ts';
import { createChallenge, verifyAuthentication, verifyRegistration } from './ceremonies/service.ts';
import { ALGORITHMS, CHALLENGE_SECONDS, MAX_PASSKEYS } from './policy.ts';
import * as queries from './queries.ts';
import type {
  authenticatePasskeyInput,
  CreationOptions,
  Passkey,
  registerPasskeyInput,
  RequestOptions,
} from './schema.ts';

const createPasskeyNotFoundError = () => new AppError('NOT_FOUND', 'Passkey not found');
const createUnknownPasskeyError = () =>
  new AppError('INVALID_CREDENTIALS', 'This passkey is unknown here or was not accepted');

const toOutput = ({ id, name, backedUp, createdAt, lastUsedAt }: queries.PasskeyRow): Passkey => ({
  id,
  name,
  synced: backedUp,
  createdAt: createdAt.toISOString(),
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
});

const timeout = CHALLENGE_SECONDS * 1_000;

/** Throws `LIMIT_REACHED`, and the error of `requireEnrolmentProof`. */
export async function createRegistrationOptions(ctx: SessionCtx): Promise<CreationOptions> {
  await requireEnrolmentProof(ctx);
  const { userId } = ctx.principal;
  const { email, username } = await getAccount(ctx, userId);
  const existing = await queries.listPasskeyRows(ctx.db, userId);
  requireRoom(existing);
  const { appUrl, webauthnRpId } = ctx.config;
  return {
    challenge: await createChallenge(ctx, userId),
    rp: { id: webauthnRpId, name: new URL(appUrl).hostname },
    user: { id: toUuidBytes(userId).toString('base64url'), name: email, displayName: username },
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    timeout,
    excludeCredentials: existing.map(({ credentialId, transports }) => ({
      id: credentialId.toString('base64url'),
      type: 'public-key',
      transports,
    })),
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    attestation: 'none',
  };
}

function requireRoom(existing: queries.PasskeyRow[]): void {
  if (existing.length < MAX_PASSKEYS) return;
  throw new AppError('LIMIT_REACHED', `You can have at most ${MAX_PASSKEYS} passkeys. Remove one first.`);
}

/** Throws `TOKEN_EXPIRED`, `VALIDATION_FAILED`, `CONFLICT` for a passkey that is known, and `LIMIT_REACHED`. */
export async function registerPasskey(
  ctx: SessionCtx,
  { name, ...response }: z.infer<typeof registerPasskeyInput>,
): Promise<Passkey> {
  const { userId } = ctx.principal;
  const verified = await verifyRegistration(ctx, userId, response);
  if (!verified) {
    const message = 'This is not what the browser answered to our options';
    throw createValidationError({ path: 'response', message, code: 'passkey_refused' });
  }
  const { credential, credentialBackedUp: backedUp } = verified;
  const passkey: queries.NewPasskey = {
    id: generateId(),
    userId,
    credentialId: Buffer.from(credential.id, 'base64url'),
    publicKey: Buffer.from(credential.publicKey),
    counter: credential.counter,
    backedUp,
    transports: response.response.transports ?? [],
    name: name ?? formatDevice(ctx.userAgent ?? null) ?? 'Passkey',
  };
  return withTransaction(ctx, (trx) => addPasskey(trx, passkey)).catch((error: unknown) => {
    if (!isUniqueViolation(error, 'passkeys_credential_key')) throw error;
    throw new AppError('CONFLICT', 'This passkey belongs to an account already');
  });
}

async function addPasskey(ctx: SessionCtx & AppTrxCtx, passkey: queries.NewPasskey): Promise<Passkey> {
  const { userId, sessionId } = ctx.principal;
  const account = await lockAccount(ctx, userId);
  requireRoom(await queries.listPasskeyRows(ctx.db, userId));
  await queries.insertPasskey(ctx.db, passkey);
  await recordSecurityEvent(ctx, 'passkey_added', { userId, sessionId, details: { passkeyId: passkey.id } });
  await enqueueSignInMethodMail(ctx, { method: 'a passkey', change: 'added' }, account);
  await invalidateUser(ctx, userId);
  return requirePasskey(ctx, passkey.id);
}

async function requirePasskey(ctx: SessionCtx, id: string): Promise<Passkey> {
  const row = await queries.findPasskeyRow(ctx.db, ctx.principal.userId, id);
  if (!row) throw createPasskeyNotFoundError();
  return toOutput(row);
}

/** The same for everybody: the browser offers the passkeys that it has. */
export const createAuthenticationOptions = async (ctx: Ctx): Promise<RequestOptions> => ({
  challenge: await createChallenge(ctx, null),
  rpId: ctx.config.webauthnRpId,
  timeout,
  allowCredentials: [],
  userVerification: 'required',
});

/** Throws `INVALID_CREDENTIALS`, `TOKEN_EXPIRED`, and `FORBIDDEN` for a suspended account. */
export async function signInWithPasskey(
  ctx: Ctx,
  response: z.infer<typeof authenticatePasskeyInput>,
): Promise<SessionTokens> {
  const passkey = await queries.findCredential(ctx.db, Buffer.from(response.id, 'base64url'));
  const verified = passkey && (await verifyAuthentication(ctx, response, passkey));
  if (!passkey || !verified || !isHandleOf(passkey.userId, response.response.userHandle)) {
    await recordSecurityEvent(ctx, 'sign_in_failed', { userId: passkey?.userId ?? null });
    throw createUnknownPasskeyError();
  }
  const { newCounter: counter, credentialBackedUp: backedUp } = verified;
  const session = await withTransaction(ctx, (trx) =>
    beginPasskeySession(trx, passkey, { counter, backedUp }),
  );
  return signSessionTokens(ctx, session);
}

const isHandleOf = (userId: string, handle: string | null | undefined): boolean =>
  handle === undefined || handle === null || toUuidBytes(userId).toString('base64url') === handle;

async function beginPasskeySession(
  ctx: Ctx & AppTrxCtx,
  { id, userId }: queries.PasskeyRow,
  use: { counter: number; backedUp: boolean },
): Promise<NewSession> {
  const account = await lockAccount(ctx, userId);
  if (!(await queries.recordPasskeyUse(ctx.db, id, use))) throw createUnknownPasskeyError();
  if (account.suspended) throw new AppError('FORBIDDEN', 'This account is suspended');
  const session = await beginSession(ctx, { userId, amr: [use.backedUp ? 'swk' : 'hwk', 'user', 'mfa'] });
  const { sessionId } = session;
  await recordSecurityEvent(ctx, 'signed_in', { userId, sessionId, details: { passkeyId: id } });
  return session;
}

export async function listPasskeys(ctx: SessionCtx): Promise<{ items: Passkey[] }> {
  const rows = await queries.listPasskeyRows(ctx.db, ctx.principal.userId);
  return { items: rows.map(toOutput) };
}

/** Throws `NOT_FOUND`. */
export async function renamePasskey(ctx: SessionCtx, input: { id: string; name: string }): Promise<Passkey> {
  const { userId, sessionId } = ctx.principal;
  const { id, name } = input;
  return withTransaction(ctx, async (trx) => {
    if (!(await queries.updatePasskeyName(trx.db, userId, id, name))) throw createPasskeyNotFoundError();
    await recordSecurityEvent(trx, 'passkey_renamed', { userId, sessionId, details: { passkeyId: id } });
    return requirePasskey(trx, id);
  });
}

/** Throws `NOT_FOUND`, and `LAST_SIGN_IN_METHOD`. */
export async function deletePasskey(ctx: SessionCtx, { id }: { id: string }): Promise<void> {
  const { userId, sessionId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    const account = await lockAccount(trx, userId);
    if (!(await queries.deletePasskeyRow(trx.db, userId, id))) throw createPasskeyNotFoundError();
    await requireOtherWayIn(trx, userId, id);
    await recordSecurityEvent(trx, 'passkey_removed', { userId, sessionId, details: { passkeyId: id } });
    await enqueueSignInMethodMail(trx, { method: 'a passkey', change: 'removed' }, account);
    await invalidateUser(trx, userId);
  });
}

/** Scheduled job. */
export const deleteOldChallenges = (ctx: DbCtx): Promise<void> => queries.deleteExpiredChallenges(ctx.db);
