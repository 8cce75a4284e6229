import type { EmailTokenPurpose } from '@linkgrove/db';
import type { AppCtx, AppTrxCtx, DbCtx, TrxCtx } from '../../../core/context.ts';
import { hashWithSha256 } from '../../../core/crypto/crypto.ts';
import { AppError } from '../../../core/errors.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import type { Mail } from '../../mail/schema.ts';
import { enqueueMailPart, takeMailBudget } from '../../mail/service.ts';
import * as queries from './queries.ts';
import type { VerificationDetails } from './schema.ts';

const RETENTION_DAYS = 30;

const MAILS = {
  verify_email: { template: 'verify-email', minutes: 24 * 60 },
  reset_password: { template: 'reset-password', minutes: 60 },
  change_email: { template: 'change-email', minutes: 24 * 60 },
  undo_email_change: { template: 'email-changed', minutes: 72 * 60 },
  sign_in: { template: 'login-link', minutes: 10 },
  account_invitation: { template: 'account-invitation', minutes: 7 * 24 * 60 },
  report_sign_in: { template: 'new-device', minutes: 7 * 24 * 60 },
} as const satisfies Record<EmailTokenPurpose, object>;

export const createTokenExpiredError = () =>
  new AppError(
    'TOKEN_EXPIRED',
    'This link is not valid, has expired or was already used. Request a new one.',
  );

/** `already_verified` lets a client that opens the link again show that all is well. */
function createAlreadyVerifiedError(): AppError {
  const message = 'This address is already verified. You can sign in.';
  return new AppError('TOKEN_EXPIRED', message, {
    errors: [{ path: 'token', message, code: 'already_verified' }],
  });
}

type Recipient = {
  id: string;
  email: string;
  username: string;
  sessionId?: string;
  emailVerified?: boolean;
  at?: Date;
  country?: string | null | undefined;
  browser?: string | null;
  /** Chosen by the caller, who has told it to a browser. */
  tokenId?: string;
};

function buildEmailToken(ctx: Pick<AppCtx, 'tokenDeriver'>, purpose: EmailTokenPurpose, user: Recipient) {
  const { template, minutes } = MAILS[purpose];
  const id = user.tokenId ?? generateId();
  const hash = hashWithSha256(ctx.tokenDeriver.emailToken(id));
  const mail: Mail = {
    template,
    to: user.email,
    username: user.username,
    userId: user.id,
    tokenId: id,
    ...(user.emailVerified && { proven: true }),
    ...(user.at && { at: user.at.toISOString() }),
    ...(user.country && { country: user.country }),
    ...(user.browser && { browser: user.browser }),
  };
  const emailToken = queries.insertEmailTokenPart({
    id,
    userId: user.id,
    purpose,
    email: user.email,
    hash,
    minutes,
    sessionId: user.sessionId ?? null,
  });
  return { emailToken, mail };
}

export function prepareEmailToken(
  ctx: Pick<AppCtx, 'tokenDeriver' | 'requestId'>,
  purpose: EmailTokenPurpose,
  user: Recipient,
) {
  const { emailToken, mail } = buildEmailToken(ctx, purpose, user);
  return { emailToken, mail: enqueueMailPart(ctx, mail) };
}

/** Revokes earlier tokens of this purpose. If the mail budget is spent, does nothing: the earlier link stays valid. */
export async function sendEmailToken(
  ctx: AppTrxCtx,
  purpose: EmailTokenPurpose,
  user: Recipient,
): Promise<void> {
  const { emailToken, mail } = buildEmailToken(ctx, purpose, user);
  if (!(await takeMailBudget(ctx, mail))) return;
  // Each former address keeps its own way back.
  const email = purpose === 'undo_email_change' ? { email: user.email } : {};
  await queries.revokeEmailToken(ctx.db, { userId: user.id, purpose, ...email });
  await emailToken.execute(ctx.db);
  await enqueueMailPart(ctx, { ...mail, counted: true }).execute(ctx.db);
}

/** The purposes of links by which users set a password. */
export const PASSWORD_PURPOSES: EmailTokenPurpose[] = ['reset_password', 'account_invitation'];

/** Throws `TOKEN_EXPIRED` if the token is unknown, expired or used. */
export async function peekEmailToken(ctx: AppCtx, purposes: EmailTokenPurpose[], token: string) {
  const owner = await queries.findEmailTokenOwner(ctx.db, purposes, hashWithSha256(token));
  if (!owner) throw createTokenExpiredError();
  return owner;
}

export const isEmailTokenValid = async (
  ctx: DbCtx,
  purpose: EmailTokenPurpose,
  token: string,
): Promise<boolean> =>
  (await queries.findEmailTokenOwner(ctx.db, [purpose], hashWithSha256(token))) !== undefined;

/** Whether the link sets a password: a reset, or the invitation to an account. */
export const isPasswordTokenValid = async (ctx: DbCtx, token: string): Promise<boolean> =>
  (await queries.findEmailTokenOwner(ctx.db, PASSWORD_PURPOSES, hashWithSha256(token))) !== undefined;

export const hasLiveEmailToken = async (
  ctx: DbCtx,
  purpose: EmailTokenPurpose,
  wanted: { userId: string; email?: string; restMinutes?: number },
): Promise<boolean> => (await queries.findLiveEmailToken(ctx.db, purpose, wanted)) !== undefined;

export const hasRecentEmailToken = (
  ctx: DbCtx,
  purpose: EmailTokenPurpose,
  wanted: { userId: string; minutes: number },
): Promise<boolean> => queries.hasEmailTokenSince(ctx.db, purpose, wanted);

export async function getVerification(
  ctx: AppCtx,
  { token }: { token: string },
): Promise<VerificationDetails> {
  const found = await findVerification(ctx, token);
  if (!found) throw createTokenExpiredError();
  return found;
}

export async function findVerification(ctx: AppCtx, token: string): Promise<VerificationDetails | undefined> {
  const row = await queries.findVerificationRow(ctx.db, hashWithSha256(token));
  return row && { ...row, requestedAt: row.requestedAt.toISOString() };
}

export async function consumeEmailToken(ctx: TrxCtx, purposes: EmailTokenPurpose[], token: string) {
  const owner = await queries.takeEmailToken(ctx.db, purposes, hashWithSha256(token));
  if (!owner) throw createTokenExpiredError();
  return owner;
}

/** Throws like `consumeEmailToken`, and says if the address is already verified. */
export async function consumeVerificationToken(ctx: TrxCtx, token: string) {
  const hash = hashWithSha256(token);
  const owner = await queries.takeEmailToken(ctx.db, ['verify_email', 'change_email'], hash);
  if (owner) return owner;
  throw (await queries.isTokenAddressVerified(ctx.db, hash))
    ? createAlreadyVerifiedError()
    : createTokenExpiredError();
}

const REVOKED_PURPOSES = [
  'reset_password',
  'change_email',
  'sign_in',
  'account_invitation',
] as const satisfies EmailTokenPurpose[];

/**
 * For a password change: someone else may have requested tokens that can take over the account. A session that changes
 * it keeps the links that report it or an earlier one, so that a thief cannot revoke them.
 */
export async function revokeEmailTokens(
  ctx: TrxCtx,
  userId: string,
  { sessionId }: { sessionId?: string } = {},
): Promise<void> {
  for (const purpose of REVOKED_PURPOSES) await queries.revokeEmailToken(ctx.db, { userId, purpose });
  await queries.revokeSignInReports(ctx.db, userId, sessionId);
}

export const revokeEmailChange = (ctx: TrxCtx, userId: string): Promise<void> =>
  queries.revokeEmailToken(ctx.db, { userId, purpose: 'change_email' });

export const revokeUndoTokens = (ctx: TrxCtx, userId: string): Promise<void> =>
  queries.revokeEmailToken(ctx.db, { userId, purpose: 'undo_email_change' });

export const deleteEmailTokens = (ctx: TrxCtx, userId: string): Promise<void> =>
  queries.deleteEmailTokensByUser(ctx.db, userId);

export const deleteOldEmailTokens = (ctx: AppCtx): Promise<void> =>
  queries.deleteExpiredEmailTokens(ctx.db, RETENTION_DAYS);
