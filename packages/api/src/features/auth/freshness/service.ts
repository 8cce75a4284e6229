import type { DbCtx, Principal, SessionPrincipal } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { createImpersonationRefusedError } from '../../../core/impersonation.ts';
import { listProofKinds } from '../credentials/service.ts';
import { REAUTHENTICATION_MINUTES } from '../session/policy.ts';
import { isSessionFresh } from '../session/service.ts';

/** `methods` lists what this user can prove it with. */
export async function createReauthenticationRequiredError(ctx: DbCtx, userId: string): Promise<AppError> {
  return new AppError(
    'REAUTHENTICATION_REQUIRED',
    'Confirm that it is you: enter your password again, or use another way to sign in',
    { methods: await listProofKinds(ctx.db, userId) },
  );
}

export const hasFreshSession = (ctx: DbCtx, { sessionId }: SessionPrincipal): Promise<boolean> =>
  isSessionFresh(ctx.db, sessionId, REAUTHENTICATION_MINUTES);

/** Throws `REAUTHENTICATION_REQUIRED`. */
export async function requireFreshSession(ctx: DbCtx & { principal: Principal }): Promise<void> {
  const { principal } = ctx;
  if (principal.kind === 'key')
    throw new AppError('INSUFFICIENT_SCOPE', 'API keys cannot do this. Sign in instead.');
  if (principal.kind === 'impersonation') throw createImpersonationRefusedError();
  if (!(await hasFreshSession(ctx, principal)))
    throw await createReauthenticationRequiredError(ctx, principal.userId);
}
