import { type Paginated, withTransaction } from '@linkgrove/db';
import { hashClientNetwork } from '../../../core/http/client-address.ts';
import { invalidateCached } from '../../../core/cache/caches.ts';
import type { AppCtx, Credentials, Ctx, DbCtx, SessionCtx, TrxCtx, UserCtx } from '../../../core/context.ts';
import { generateToken, hashWithSha256 } from '../../../core/crypto/crypto.ts';
import type { AccessClaims } from '../../../core/crypto/jwt.ts';
import { AppError } from '../../../core/errors.ts';
import { loadPackage } from '../../../core/load-package.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { type PageRequest, paginate } from '../../../core/http/pagination.ts';
import type { SessionPrincipal } from '../../../core/context.ts';
import { MAX_USER_AGENT_LENGTH } from '../../security-events/schema.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { judgeOrigin, prepareOrigin } from '../origins/service.ts';
import {
  deleteDevicesByUser,
  deleteOldDeviceTombstones,
  deleteUnusedDevices,
  hasDevice,
} from './devices/queries.ts';
import {
  deleteEndedSessions,
  deleteSessionsByUser,
  markOldestSessionsEnded,
  markSessionEnded,
  markSessionsEnded,
  markSessionsEndedSince,
} from './ending/queries.ts';
import { DEVICE_RETENTION_DAYS, ENDED_SESSION_RETENTION_DAYS, MAX_SESSIONS_PER_USER } from './policy.ts';
import * as queries from './queries.ts';
import { findRefreshToken, rotateRefreshToken } from './refresh-tokens/queries.ts';
import type { Session } from './schema.ts';

/** Only the hash of the refresh token is stored. */
export type SessionTokens = { userId: string; accessToken: string; refreshToken: string };
export type NewSession = { userId: string; sessionId: string; refreshToken: string; amr: readonly string[] };

export const createSessionExpiredError = () =>
  new AppError('SESSION_EXPIRED', 'Your session has ended. Please sign in again.');
const createSessionNotFoundError = () => new AppError('NOT_FOUND', 'Session not found');
const createUnauthenticatedError = () => new AppError('UNAUTHENTICATED', 'Please sign in');

type SignInCtx = Pick<Ctx, 'ip' | 'userAgent' | 'device' | 'keyedHash' | 'config'>;

/** `amr`: how the user proved to be the user (RFC 8176). */
export function prepareSession(ctx: SignInCtx, { userId, amr }: { userId: string; amr: readonly string[] }) {
  const session: NewSession = { userId, sessionId: generateId(), refreshToken: generateToken(), amr };
  const deviceHash = ctx.keyedHash('device', ctx.device());
  const row = queries.insertSessionParts({
    id: session.sessionId,
    tokenHash: hashWithSha256(session.refreshToken),
    ip: ctx.ip,
    userAgent: ctx.userAgent?.slice(0, MAX_USER_AGENT_LENGTH) ?? null,
    networkHash: hashClientNetwork(ctx),
    deviceHash,
    amr,
    idleSeconds: ctx.config.sessionLimits.idleSeconds,
  });
  return { session, parts: { ...row, ...prepareOrigin(ctx, userId, deviceHash) } };
}

export type { SessionParts } from './queries.ts';
export { isSessionFresh, isSessionLive, markSessionAuthenticated } from './queries.ts';

/** The caller holds the lock of the user's row, and signs the access token after commit. */
export async function beginSession(
  ctx: Ctx & TrxCtx,
  { userId, amr }: { userId: string; amr: readonly string[] },
): Promise<NewSession> {
  const { session, parts } = prepareSession(ctx, { userId, amr });
  const match = await queries.insertSession(ctx.db, userId, parts);
  await judgeOrigin(ctx, session, match);
  for (const sessionId of await markOldestSessionsEnded(ctx.db, userId, MAX_SESSIONS_PER_USER)) {
    await invalidateCached(ctx, 'sessions', sessionId);
    await recordSecurityEvent(ctx, 'session_ended', { userId, sessionId });
  }
  return session;
}

export async function signSessionTokens(
  ctx: AppCtx,
  { userId, sessionId, refreshToken, amr }: NewSession,
): Promise<SessionTokens> {
  return { userId, accessToken: await ctx.accessTokens.sign({ userId, sessionId, amr }), refreshToken };
}

/** Reuse after the grace period means that two parties hold the token, so the session ends (RFC 9700 §4.14.2). */
export async function refreshSession(ctx: Ctx): Promise<SessionTokens> {
  const { refreshToken } = ctx.credentials;
  if (!refreshToken) throw createUnauthenticatedError();
  const hash = hashWithSha256(refreshToken);
  const child = ctx.tokenDeriver.nextRefreshToken(refreshToken);
  const rotated = await rotateRefreshToken(ctx.db, {
    tokenHash: hash,
    childHash: hashWithSha256(child),
    limits: ctx.config.sessionLimits,
  });
  if (rotated) return signSessionTokens(ctx, { ...rotated, refreshToken: child });

  const known = await findRefreshToken(ctx.db, hash);
  if (!known) throw createUnauthenticatedError();
  if (!known.live) throw createSessionExpiredError();
  if (known.withinGrace)
    return signSessionTokens(ctx, { ...known, refreshToken: await findNewestRefreshToken(ctx, child) });
  await withTransaction(ctx, async (trx) => {
    const { sessionId, userId } = known;
    if (await endSession(trx, sessionId))
      await recordSecurityEvent(trx, 'refresh_token_reused', { userId, sessionId });
  });
  throw createSessionExpiredError();
}

/** Whose browser sent these credentials, live or not; it decides nothing that needs a session. */
export async function identifyBrowser(
  ctx: Pick<AppCtx, 'db' | 'accessTokens'>,
  { accessToken, refreshToken }: Credentials,
): Promise<string | undefined> {
  const claims = accessToken === undefined ? 'invalid' : await ctx.accessTokens.verify(accessToken);
  if (typeof claims === 'object') return claims.userId;
  const known =
    refreshToken === undefined ? undefined : await findRefreshToken(ctx.db, hashWithSha256(refreshToken));
  return known?.userId;
}

/** A slow tab must not put a replaced token into the browser's cookies. */
async function findNewestRefreshToken(ctx: AppCtx, token: string): Promise<string> {
  const known = await findRefreshToken(ctx.db, hashWithSha256(token));
  if (!known) throw createSessionExpiredError();
  return known.current ? token : findNewestRefreshToken(ctx, ctx.tokenDeriver.nextRefreshToken(token));
}

export async function endSession(ctx: AppCtx, sessionId: string, userId?: string): Promise<boolean> {
  const ended = await markSessionEnded(ctx.db, sessionId, userId);
  await invalidateCached(ctx, 'sessions', sessionId);
  return ended;
}

export async function endAllSessions(ctx: AppCtx, userId: string, keep?: string): Promise<number> {
  const ended = await markSessionsEnded(ctx.db, userId, keep);
  for (const sessionId of ended) await invalidateCached(ctx, 'sessions', sessionId);
  return ended.length;
}

/** Ends the session and those that began after it, because the same intruder may have signed in again. */
export async function endSessionsSince(ctx: AppCtx, userId: string, sessionId: string): Promise<void> {
  for (const id of await markSessionsEndedSince(ctx.db, userId, sessionId))
    await invalidateCached(ctx, 'sessions', id);
}

/** `rememberDevices` keeps keyed hashes of the devices for `DEVICE_RETENTION_DAYS`, without a link to the user. */
export async function deleteSessions(
  ctx: AppCtx,
  userId: string,
  { rememberDevices }: { rememberDevices: boolean },
): Promise<void> {
  await deleteDevicesByUser(ctx.db, userId, rememberDevices);
  for (const sessionId of await deleteSessionsByUser(ctx.db, userId))
    await invalidateCached(ctx, 'sessions', sessionId);
}

export const endCurrentSession = (ctx: Ctx): Promise<void> => endSessionsOf(ctx, ctx.credentials);

/** Ends the session of the cookies that are replaced. A bearer may be someone else's, such as an inviter's. */
export const endReplacedSession = (ctx: Ctx): Promise<void> => {
  const { accessToken, refreshToken, isBearer } = ctx.credentials;
  return endSessionsOf(ctx, { accessToken: isBearer ? undefined : accessToken, refreshToken });
};

async function endSessionsOf(ctx: Ctx, tokens: Tokens): Promise<void> {
  for (const { sessionId, userId } of await findSessions(ctx, tokens)) {
    if (await endSession(ctx, sessionId)) await recordSecurityEvent(ctx, 'signed_out', { userId, sessionId });
  }
}

type Tokens = Pick<Credentials, 'accessToken' | 'refreshToken'>;

/** Live or not. */
async function findSessions(ctx: Ctx, { accessToken, refreshToken }: Tokens) {
  const claims = accessToken ? await ctx.accessTokens.verify(accessToken) : 'invalid';
  const known = refreshToken ? await findRefreshToken(ctx.db, hashWithSha256(refreshToken)) : undefined;
  return [typeof claims === 'object' ? claims : undefined, known].filter((session) => session !== undefined);
}

/** IDs of the sessions of the request's cookies, which an expired access token still names by its refresh token. */
export const listBrowserSessions = async (ctx: Ctx): Promise<string[]> =>
  (await findSessions(ctx, ctx.credentials)).map(({ sessionId }) => sessionId);

/** Throws `UNAUTHENTICATED` or `SESSION_EXPIRED`. */
export async function readAccessToken(
  ctx: AppCtx,
  { accessToken }: Pick<Credentials, 'accessToken'>,
): Promise<AccessClaims> {
  if (!accessToken) throw createUnauthenticatedError();
  const claims = await ctx.accessTokens.verify(accessToken);
  if (claims === 'expired') throw createSessionExpiredError();
  if (claims === 'invalid') throw new AppError('UNAUTHENTICATED', 'Invalid access token');
  return claims;
}

/** Throws `SESSION_EXPIRED`. */
export async function authenticateSession(ctx: AppCtx, claims: AccessClaims): Promise<SessionPrincipal> {
  const { sessionId } = claims;
  const sessions = ctx.cache<{ userId: string | null }>('sessions');
  const { userId } = await sessions.get(sessionId, () => findSessionOwner(ctx, sessionId));
  if (userId !== claims.userId) throw createSessionExpiredError();
  return { kind: 'session', userId, sessionId };
}

async function findSessionOwner(ctx: AppCtx, sessionId: string): Promise<{ userId: string | null }> {
  const session = await queries.findLiveSession(ctx.db, sessionId);
  if (session?.stale) {
    // A database that takes no writes must not sign users out.
    await queries.touchSession(ctx.db, sessionId).catch((error: unknown) => {
      ctx.logger.warn({ err: error }, 'The last use of a session could not be stored');
    });
  }
  return { userId: session?.userId ?? null };
}

export async function listSessions(ctx: SessionCtx, input: PageRequest): Promise<Paginated<Session>> {
  const { userId, sessionId } = ctx.principal;
  return paginate(
    input,
    (before, limit) => queries.listSessionRows(ctx.db, { userId, before, limit }),
    (row) => ({
      ...row,
      device: formatDevice(row.userAgent),
      createdAt: row.createdAt.toISOString(),
      lastUsedAt: row.lastUsedAt.toISOString(),
      current: row.id === sessionId,
    }),
  );
}

/** `Firefox on Linux`; null if the user agent is unknown. */
export function formatDevice(userAgent: string | null): string | null {
  if (!userAgent) return null;
  const Bowser: typeof import('bowser') = loadPackage('bowser');
  const { browser, os } = Bowser.parse(userAgent);
  return [browser.name, os.name].filter(Boolean).join(' on ') || null;
}

/** Throws `NOT_FOUND`. */
export async function renameSession(
  ctx: UserCtx,
  { id, name }: { id: string; name: string | null },
): Promise<void> {
  const { userId } = ctx.principal;
  if (!(await queries.updateSessionName(ctx.db, { id, userId, name }))) throw createSessionNotFoundError();
}

export async function endOwnSession(ctx: UserCtx, { id }: { id: string }): Promise<void> {
  const { userId } = ctx.principal;
  if (!(await endSession(ctx, id, userId))) throw createSessionNotFoundError();
  await recordSecurityEvent(ctx, 'session_ended', { userId, sessionId: id });
}

export async function endOtherSessions(ctx: SessionCtx): Promise<void> {
  const { userId, sessionId } = ctx.principal;
  if ((await endAllSessions(ctx, userId, sessionId)) > 0)
    await recordSecurityEvent(ctx, 'session_ended', { userId });
}

export const deleteOldSessions = (ctx: AppCtx): Promise<void> =>
  deleteEndedSessions(ctx.db, ENDED_SESSION_RETENTION_DAYS);

export const isKnownDevice = (ctx: DbCtx, deviceHash: Buffer): Promise<boolean> =>
  hasDevice(ctx.db, deviceHash, DEVICE_RETENTION_DAYS);

export const deleteOldDevices = async (ctx: AppCtx): Promise<void> => {
  await deleteUnusedDevices(ctx.db, DEVICE_RETENTION_DAYS);
  await deleteOldDeviceTombstones(ctx.db, DEVICE_RETENTION_DAYS);
};
