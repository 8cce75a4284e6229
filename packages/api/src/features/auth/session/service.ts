import { type Paginated, withTransaction } from '@linkgrove/db';
import Bowser from 'bowser';
import { hashClientNetwork } from '../../../core/http/client-address.ts';
import { forgetCached } from '../../../core/cache/caches.ts';
import type { AppCtx, Credentials, Ctx, DbCtx, UserCtx } from '../../../core/context.ts';
import { generateToken, hashWithSha256 } from '../../../core/crypto/crypto.ts';
import { AppError } from '../../../core/errors.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { type PageRequest, paginate } from '../../../core/http/pagination.ts';
import type { Principal } from '../../../core/context.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import * as queries from './queries.ts';
import type { Session } from './schema.ts';

/** A session's two credentials; of the refresh token only the hash is stored. */
export type SessionTokens = { userId: string; accessToken: string; refreshToken: string };
/** A session just made, before its access token is signed. */
export type NewSession = { userId: string; sessionId: string; refreshToken: string };

const liveness = (ctx: AppCtx) => ctx.cache<{ userId: string | null }>('sessions');
const expired = () => new AppError('SESSION_EXPIRED', 'Your session has ended. Sign in again.');
const unauthenticated = () => new AppError('UNAUTHENTICATED', 'Sign in to do this');

type SignInCtx = Pick<Ctx, 'ip' | 'userAgent' | 'device' | 'keyedHash'>;

/** Makes a session for `beginSession`, or for a larger statement whose `account` signs in. */
export function prepareSession(
  ctx: SignInCtx,
  userId: string,
): { session: NewSession; row: queries.NewSessionRow } {
  const session = { userId, sessionId: generateId(), refreshToken: generateToken() };
  const row = {
    id: session.sessionId,
    userId,
    tokenHash: hashWithSha256(session.refreshToken),
    ip: ctx.ip,
    userAgent: ctx.userAgent?.slice(0, 512) ?? null,
    networkHash: hashClientNetwork(ctx),
    deviceHash: ctx.keyedHash('device', ctx.device()),
  };
  return { session, row };
}

/** What stores a session, as parts of a statement whose `account` signs in. */
export { insertSessionParts } from './queries.ts';

/** Begins a session; sign its access token with `signSessionTokens` once its transaction has committed. */
export async function beginSession(ctx: SignInCtx & DbCtx, userId: string): Promise<NewSession> {
  const { session, row } = prepareSession(ctx, userId);
  await queries.insertSession(ctx.db, row);
  return session;
}

/** Adds the access token to a session. */
export async function signSessionTokens(
  ctx: AppCtx,
  { userId, sessionId, refreshToken }: NewSession,
): Promise<SessionTokens> {
  return { userId, accessToken: await ctx.accessTokens.sign({ userId, sessionId }), refreshToken };
}

/**
 * Replaces a refresh token. For ten seconds the one before still gets the newest, so that parallel tabs
 * stay signed in; after that its return means that two parties hold it, and the session ends (RFC 9700
 * §4.14.2). Throws `UNAUTHENTICATED` for a token we never gave out, else `SESSION_EXPIRED`.
 */
export async function refreshSession(ctx: Ctx): Promise<SessionTokens> {
  const { refreshToken } = ctx.credentials;
  if (!refreshToken) throw unauthenticated();
  const hash = hashWithSha256(refreshToken);
  const child = ctx.tokenDeriver.nextRefreshToken(refreshToken);
  const rotated = await queries.rotateRefreshToken(ctx.db, hash, hashWithSha256(child));
  if (rotated) return signSessionTokens(ctx, { ...rotated, refreshToken: child });

  const known = await queries.findRefreshToken(ctx.db, hash);
  if (!known) throw unauthenticated();
  if (!known.live) throw expired();
  if (known.withinGrace)
    return signSessionTokens(ctx, { ...known, refreshToken: await findNewestRefreshToken(ctx, child) });
  await withTransaction(ctx, async (trx) => {
    await endSession(trx, known.sessionId);
    await recordSecurityEvent(trx, 'refresh_token_reused', known);
  });
  throw expired();
}

/** The newest descendant of a token: a slower tab must not put a spent token into the browser's cookies. */
async function findNewestRefreshToken(ctx: AppCtx, token: string): Promise<string> {
  const known = await queries.findRefreshToken(ctx.db, hashWithSha256(token));
  if (!known) throw expired();
  return known.current ? token : findNewestRefreshToken(ctx, ctx.tokenDeriver.nextRefreshToken(token));
}

/** Ends one session, of this user if one is given; false if there was none to end. */
export async function endSession(ctx: AppCtx, sessionId: string, userId?: string): Promise<boolean> {
  const ended = await queries.markSessionEnded(ctx.db, sessionId, userId);
  await forgetCached(ctx, 'sessions', sessionId);
  return ended;
}

/** Ends every session of the user, but for the one to keep; returns how many. */
export async function endAllSessions(ctx: AppCtx, userId: string, keep?: string): Promise<number> {
  const ended = await queries.markSessionsEnded(ctx.db, userId, keep);
  for (const sessionId of ended) await forgetCached(ctx, 'sessions', sessionId);
  return ended.length;
}

/** Deletes every session of the user, and what is known of their devices; for accounts that are deleted. */
export async function deleteSessions(ctx: AppCtx, userId: string): Promise<void> {
  await queries.deleteDevicesByUser(ctx.db, userId);
  for (const sessionId of await queries.deleteSessionsByUser(ctx.db, userId))
    await forgetCached(ctx, 'sessions', sessionId);
}

/** Ends the session that either credential belongs to; nothing happens where there is none. */
export async function endCurrentSession(ctx: Ctx): Promise<void> {
  const { accessToken, refreshToken } = ctx.credentials;
  const claims = accessToken ? await ctx.accessTokens.verify(accessToken) : 'invalid';
  const known = refreshToken
    ? await queries.findRefreshToken(ctx.db, hashWithSha256(refreshToken))
    : undefined;
  for (const session of [typeof claims === 'object' ? claims : undefined, known]) {
    if (!session) continue;
    const { sessionId, userId } = session;
    if (await endSession(ctx, sessionId)) await recordSecurityEvent(ctx, 'signed_out', { userId, sessionId });
  }
}

/** The live session behind an access token. Throws `UNAUTHENTICATED` or `SESSION_EXPIRED`. */
export async function authenticateSession(ctx: AppCtx, { accessToken }: Credentials): Promise<Principal> {
  if (!accessToken) throw unauthenticated();
  const claims = await ctx.accessTokens.verify(accessToken);
  if (claims === 'expired') throw expired();
  if (claims === 'invalid') throw new AppError('UNAUTHENTICATED', 'The access token is not valid');
  const { sessionId } = claims;
  const { userId } = await liveness(ctx).get(sessionId, () => findLive(ctx, sessionId));
  if (userId !== claims.userId) throw expired();
  return { userId, sessionId };
}

async function findLive(ctx: AppCtx, sessionId: string): Promise<{ userId: string | null }> {
  const session = await queries.findLiveSession(ctx.db, sessionId);
  if (session?.stale) {
    // Nobody is turned away because this could not be noted, as where a database takes no writes.
    await queries.touchSession(ctx.db, sessionId).catch((error: unknown) => {
      ctx.logger.warn({ err: error }, 'The use of a session could not be noted');
    });
  }
  return { userId: session?.userId ?? null };
}

/** The sessions a user is signed in with, newest first. */
export async function listSessions(ctx: UserCtx, input: PageRequest): Promise<Paginated<Session>> {
  const { userId, sessionId } = ctx.principal;
  return paginate(
    input,
    (before, limit) => queries.listSessionRows(ctx.db, { userId, before, limit }),
    (row) => ({
      ...row,
      device: deviceName(row.userAgent),
      createdAt: row.createdAt.toISOString(),
      lastUsedAt: row.lastUsedAt.toISOString(),
      current: row.id === sessionId,
    }),
  );
}

/** Such as `Firefox on Linux`; null where the user agent does not tell. */
function deviceName(userAgent: string | null): string | null {
  if (!userAgent) return null;
  const { browser, os } = Bowser.parse(userAgent);
  return [browser.name, os.name].filter(Boolean).join(' on ') || null;
}

/** Ends one of the user's own sessions. Throws `NOT_FOUND` for anyone else's. */
export async function endOwnSession(ctx: UserCtx, { id }: { id: string }): Promise<void> {
  const { userId } = ctx.principal;
  if (!(await endSession(ctx, id, userId))) throw new AppError('NOT_FOUND', 'There is no such session');
  await recordSecurityEvent(ctx, 'session_ended', { userId, sessionId: id });
}

/** Ends all of the user's sessions but this one. */
export async function endOtherSessions(ctx: UserCtx): Promise<void> {
  const { userId, sessionId } = ctx.principal;
  if ((await endAllSessions(ctx, userId, sessionId)) > 0)
    await recordSecurityEvent(ctx, 'session_ended', { userId });
}

/** Upkeep: forgets sessions that ended more than a month ago. */
export const deleteOldSessions = (ctx: AppCtx): Promise<void> => queries.deleteEndedSessions(ctx.db);

/** Upkeep: forgets devices that were not used for 90 days. */
export const deleteOldDevices = (ctx: AppCtx): Promise<void> => queries.deleteUnusedDevices(ctx.db);
