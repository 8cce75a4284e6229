import { onCommit } from '@linkgrove/db';
import type { AppCtx, Ctx, Credentials } from '../../../core/context.ts';
import { randomToken, sha256 } from '../../../core/crypto.ts';
import { AppError } from '../../../core/errors.ts';
import { newId } from '../../../core/ids.ts';
import type { Principal } from '../../../core/principal.ts';
import * as queries from './queries.ts';

/** A session's two credentials; of the refresh token only the hash is stored. */
export type SessionTokens = { userId: string; accessToken: string; refreshToken: string };
/** A session just made, before its access token is signed. */
export type NewSession = { userId: string; sessionId: string; refreshToken: string };

const liveness = (ctx: AppCtx) => ctx.cache<{ userId: string | null }>('sessions');
const expired = () => new AppError('SESSION_EXPIRED', 'Your session has ended. Sign in again.');
const unauthenticated = () => new AppError('UNAUTHENTICATED', 'Sign in to do this');

/** Begins a session; sign its access token with `signTokens` once its transaction has committed. */
export async function beginSession(
  ctx: { db: AppCtx['db'] } & Pick<Ctx, 'ip' | 'userAgent'>,
  userId: string,
): Promise<NewSession> {
  const session = { userId, sessionId: newId(), refreshToken: randomToken() };
  await queries.insertSession(ctx.db, {
    id: session.sessionId,
    userId,
    tokenHash: sha256(session.refreshToken),
    ip: ctx.ip,
    userAgent: ctx.userAgent?.slice(0, 512) ?? null,
  });
  return session;
}

/** Adds the access token to a session. */
export async function signTokens(
  ctx: AppCtx,
  { userId, sessionId, refreshToken }: NewSession,
): Promise<SessionTokens> {
  return { userId, accessToken: await ctx.accessTokens.sign({ userId, sessionId }), refreshToken };
}

/**
 * Replaces a refresh token. For ten seconds the one before still gets the same child, so that parallel tabs
 * stay signed in; after that its return means that two parties hold it, and the session ends (RFC 9700
 * §4.14.2). Throws `UNAUTHENTICATED` for a token we never gave out, else `SESSION_EXPIRED`.
 */
export async function refresh(ctx: Ctx): Promise<SessionTokens> {
  const { refreshToken } = ctx.credentials;
  if (!refreshToken) throw unauthenticated();
  const hash = sha256(refreshToken);
  const child = ctx.tokenDeriver.nextRefreshToken(refreshToken);
  const rotated = await queries.rotateToken(ctx.db, hash, sha256(child));
  if (rotated) return signTokens(ctx, { ...rotated, refreshToken: child });

  const known = await queries.findToken(ctx.db, hash);
  if (!known) throw unauthenticated();
  if (!known.live) throw expired();
  if (known.withinGrace) return signTokens(ctx, { ...known, refreshToken: child });
  await end(ctx, known.sessionId);
  ctx.logger.warn({
    event: 'refresh_token_reused',
    userId: known.userId,
    sessionId: known.sessionId,
    ip: ctx.ip,
  });
  throw expired();
}

/** Ends one session: refused at once here, elsewhere when the cached answer runs out within a second. */
export async function end(ctx: AppCtx, sessionId: string): Promise<void> {
  await queries.endSession(ctx.db, sessionId);
  await onCommit(ctx, () => liveness(ctx).invalidate(sessionId));
}

/** Ends every session of the user. */
export async function endAll(ctx: AppCtx, userId: string): Promise<void> {
  const ended = await queries.endSessionsOf(ctx.db, userId);
  await onCommit(ctx, () => {
    for (const sessionId of ended) liveness(ctx).invalidate(sessionId);
  });
}

/** Ends the session that either credential belongs to; nothing happens where there is none. */
export async function endCurrent(ctx: Ctx): Promise<void> {
  const { accessToken, refreshToken } = ctx.credentials;
  const claims = accessToken ? await ctx.accessTokens.verify(accessToken) : 'invalid';
  if (typeof claims === 'object') await end(ctx, claims.sessionId);
  const known = refreshToken ? await queries.findToken(ctx.db, sha256(refreshToken)) : undefined;
  if (known) await end(ctx, known.sessionId);
}

/** The live session behind an access token. Throws `UNAUTHENTICATED` or `SESSION_EXPIRED`. */
export async function authenticate(ctx: AppCtx, { accessToken }: Credentials): Promise<Principal> {
  if (!accessToken) throw unauthenticated();
  const claims = await ctx.accessTokens.verify(accessToken);
  if (claims === 'expired') throw expired();
  if (claims === 'invalid') throw new AppError('UNAUTHENTICATED', 'The access token is not valid');
  const { sessionId } = claims;
  const { userId } = await liveness(ctx).get(
    sessionId,
    async () => (await queries.findLiveSession(ctx.db, sessionId)) ?? { userId: null },
  );
  if (userId !== claims.userId) throw expired();
  return { userId, sessionId };
}
