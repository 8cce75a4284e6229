import { timingSafeEqual } from 'node:crypto';
import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, AppTrxCtx, Ctx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { AppError } from '../../../core/errors.ts';
import { publishMessage } from '../../outbox/service.ts';
import { revokePreviewLinksOfUser } from '../../pages/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import * as users from '../../users/service.ts';
import { revokeInvitationsOfUser } from '../../workspaces/invitations/service.ts';
import { deleteForeignCredentials } from '../credentials/service.ts';
import { consumeEmailToken, revokeEmailTokens, sendEmailToken } from '../email-token/service.ts';
import { limitMailRequests, takeMailRequest } from '../mail-requests/service.ts';
import { keepInBrowser, readFromBrowser } from '../providers/flow/service.ts';
import { findChallenge } from '../second-factor/challenge/service.ts';
import { takeSignInAttempt } from '../service.ts';
import {
  beginSession,
  endAllSessions,
  type NewSession,
  type SessionTokens,
  signSessionTokens,
} from '../session/service.ts';
import { clearSignInAttempts, identifyClient } from '../throttle/service.ts';
import { acceptProvenEmail } from '../verification/service.ts';
import * as queries from './queries.ts';
import { askedLoginLink, loginLinkRequestedTopic, type LoginLinkProof } from './schema.ts';

const PURPOSE = 'sign in by mail';
const LINK_MINUTES = 10;
/** A code or link that was mailed is used once (RFC 8176). */
const MAIL_AMR: readonly string[] = ['otp'];

const createWrongCodeError = () =>
  new AppError('INVALID_CREDENTIALS', 'This code is wrong, too old or was used. Ask for a new one.');
const createOtherBrowserError = () =>
  new AppError(
    'TOKEN_EXPIRED',
    'This link is too old, was used, or was asked for in another browser. Enter the code of the email instead.',
  );

/** Stores the request for the worker, so that known and unknown addresses take the same time. */
export async function requestLoginLink(ctx: Ctx, { email }: { email: string }): Promise<void> {
  await limitMailRequests(ctx);
  const tokenId = generateId();
  const { requestId, ip, userAgent = null } = ctx;
  const deviceHash = identifyClient(ctx).deviceHash.toString('hex');
  const origin = { requestId, ip, userAgent, deviceHash };
  await publishMessage(ctx, loginLinkRequestedTopic, { email, tokenId, origin });
  keepInBrowser(ctx, PURPOSE, { id: tokenId, expiresAt: Date.now() + LINK_MINUTES * 60_000 });
}

type LoginLinkRequest = z.infer<(typeof loginLinkRequestedTopic)['schema']>;

/** Drops the request of a stranger, of a suspended user, and beyond the budgets. */
export async function sendLoginLink(
  ctx: AppCtx,
  { email, tokenId, origin }: LoginLinkRequest,
): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    const account = await users.lockAccountByEmail(trx.db, email);
    if (!account || account.suspended) return;
    if (!(await takeMailRequest(trx, account, { purpose: 'sign_in', origin }))) {
      ctx.logger.info({ userId: account.id }, 'sign-in mail dropped: too many requests');
      return;
    }
    await sendEmailToken(trx, 'sign_in', { ...account, tokenId });
  });
}

/** Throws `TOKEN_EXPIRED`, `INVALID_CREDENTIALS`, `FORBIDDEN` and `MFA_REQUIRED`. */
export const signInByMail = (ctx: Ctx, proof: LoginLinkProof): Promise<SessionTokens> =>
  'token' in proof ? signInByLink(ctx, proof.token) : signInByCode(ctx, proof);

async function signInByLink(ctx: Ctx, token: string): Promise<SessionTokens> {
  const asked = readFromBrowser(ctx, PURPOSE, askedLoginLink);
  // Somebody else may have the mail: opening a link must not sign in where nobody asked.
  if (!asked || !isEqual(ctx.tokenDeriver.emailToken(asked.id), token)) throw createOtherBrowserError();
  ctx.signInCookie.clear();
  return useToken(ctx, token);
}

async function signInByCode(
  ctx: Ctx,
  { email, code }: { email: string; code: string },
): Promise<SessionTokens> {
  const account = await users.findAccount(ctx.db, email);
  const subject = await takeSignInAttempt(ctx, email, account?.id);
  const id = await queries.findLoginToken(ctx.db, account?.id ?? null);
  if (id === undefined || !isEqual(ctx.tokenDeriver.loginCode(id), code)) {
    await recordSecurityEvent(ctx, 'sign_in_failed', { userId: account?.id ?? null });
    throw createWrongCodeError();
  }
  const tokens = await useToken(ctx, ctx.tokenDeriver.emailToken(id));
  await clearSignInAttempts(ctx, subject);
  return tokens;
}

/** The mail is one factor. Throws `MFA_REQUIRED` if the user has a second one, and `EMAIL_TAKEN` in a race. */
async function useToken(ctx: Ctx, token: string): Promise<SessionTokens> {
  const session = await withTransaction(ctx, (trx) => beginMailSession(trx, token)).catch(
    (error: unknown) => {
      throw users.toTakenError(error);
    },
  );
  if (session instanceof AppError) throw session;
  return signSessionTokens(ctx, session);
}

/** The mail proves the address, so whoever registered it without proof loses what they left. */
async function beginMailSession(ctx: Ctx & AppTrxCtx, token: string): Promise<NewSession | AppError> {
  const { userId, email } = await consumeEmailToken(ctx, ['sign_in'], token);
  const account = await users.getAccount(ctx, userId);
  if (account.suspended) throw new AppError('FORBIDDEN', 'This account is suspended');
  if (!account.emailVerified) await takeOverAccount(ctx, { userId, email });
  const challenge = await findChallenge(ctx, account, MAIL_AMR);
  if (challenge) return challenge;
  const session = await beginSession(ctx, { userId, amr: MAIL_AMR });
  const { sessionId } = session;
  await recordSecurityEvent(ctx, 'signed_in', { userId, sessionId, details: { by: 'mail' } });
  return session;
}

async function takeOverAccount(ctx: AppTrxCtx, owner: { userId: string; email: string }): Promise<void> {
  const { userId } = owner;
  await users.updatePasswordHash(ctx.db, userId, null);
  await deleteForeignCredentials(ctx, userId);
  await revokeEmailTokens(ctx, userId);
  await endAllSessions(ctx, userId);
  await revokePreviewLinksOfUser(ctx, userId);
  await revokeInvitationsOfUser(ctx, userId);
  await acceptProvenEmail(ctx, owner);
  await users.invalidateUser(ctx, userId);
}

function isEqual(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}
