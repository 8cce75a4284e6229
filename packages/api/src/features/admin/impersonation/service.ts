import { withTransaction } from '@linkgrove/db';
import type { AppCtx, Ctx, ImpersonationPrincipal, TrxCtx, UserCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { type AccessClaims, IMPERSONATION_SECONDS } from '../../../core/crypto/jwt.ts';
import { AppError } from '../../../core/errors.ts';
import { createSessionExpiredError } from '../../auth/session/service.ts';
import { enqueueSecurityMail } from '../../mail/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { lockAccount } from '../../users/service.ts';
import * as queries from './queries.ts';
import type { Impersonation } from './schema.ts';

const RETENTION_DAYS = 30;

type EventCtx = Parameters<typeof recordSecurityEvent>[0];

/** The token cannot be renewed. Throws `NOT_FOUND`, and `FORBIDDEN` for administrators and suspended users. */
export async function beginImpersonation(
  ctx: UserCtx,
  { id: userId, reason }: { id: string; reason: string },
): Promise<Impersonation> {
  const actorId = ctx.principal.userId;
  const id = generateId();
  await withTransaction(ctx, async (trx) => {
    const account = await lockAccount(trx, userId);
    if (account.role === 'admin') throw new AppError('FORBIDDEN', "Administrators can't be impersonated");
    if (account.suspended) throw new AppError('FORBIDDEN', "Suspended users can't be impersonated");
    await queries.insertImpersonation(trx.db, { id, userId, actorId, seconds: IMPERSONATION_SECONDS });
    const details = { impersonationId: id, reason };
    await recordSecurityEvent(trx, 'impersonated', { userId, details });
    await enqueueSecurityMail(trx, 'impersonated', account);
  });
  return {
    id,
    accessToken: await ctx.accessTokens.signImpersonation({ userId, impersonationId: id, actorId }),
    tokenType: 'Bearer',
    expiresIn: IMPERSONATION_SECONDS,
  };
}

/** Whichever administrator began them. */
export async function endImpersonations(ctx: UserCtx, { id: userId }: { id: string }): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    await lockAccount(trx, userId);
    await endImpersonationsOf(trx, userId);
  });
}

/** Those of the user, and those by the user as an administrator. */
export async function endImpersonationsOf(ctx: EventCtx & TrxCtx, partyId: string): Promise<void> {
  for (const { id, userId } of await queries.markImpersonationsEnded(ctx.db, partyId))
    await recordSecurityEvent(ctx, 'impersonation_ended', {
      userId,
      isAudited: true,
      details: { impersonationId: id },
    });
}

/** Never cached, so that it ends at once on every server. Throws `SESSION_EXPIRED`, and `UNAUTHENTICATED` for a cookie. */
export async function authenticateImpersonation(
  ctx: Ctx,
  { sessionId: impersonationId, userId, actorId }: AccessClaims,
): Promise<ImpersonationPrincipal> {
  if (!ctx.credentials.isBearer) throw new AppError('UNAUTHENTICATED', 'Invalid access token');
  const live = await queries.findLiveImpersonation(ctx.db, impersonationId);
  if (live?.userId !== userId || live.actorId !== actorId) throw createSessionExpiredError();
  return { kind: 'impersonation', userId, actorId, impersonationId };
}

/** The user sees it among their security events. */
export async function recordImpersonatedChange(
  ctx: Ctx & TrxCtx,
  { userId, actorId, impersonationId }: ImpersonationPrincipal,
  procedure: string,
): Promise<void> {
  const details = { impersonationId, procedure };
  await recordSecurityEvent(ctx, 'changed_by_impersonator', { userId, actorId, isAudited: true, details });
}

/** Scheduled job. */
export const deleteOldImpersonations = (ctx: AppCtx): Promise<void> =>
  queries.deleteImpersonationRows(ctx.db, RETENTION_DAYS);
