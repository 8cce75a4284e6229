import type { AppCtx, DbCtx } from '../../../core/context.ts';
import { hashWithSha256 } from '../../../core/crypto/crypto.ts';
import { createRateLimitedError } from '../../../core/limits/rate-limiter.ts';
import * as queries from './queries.ts';

const hashOf = (name: string): Buffer => hashWithSha256(name.toLowerCase());

/**
 * Counts an attempt to sign in by a name, known or not alike; kept in the database, so that a restart or
 * another server forgets nothing. Throws `RATE_LIMITED` when the name is blocked; `onClosing` is called for
 * the attempt that began the block. The growing wait ends by itself, by a success or by a password reset.
 */
export async function countSignInAttempt(
  ctx: AppCtx,
  name: string,
  onClosing: () => Promise<void>,
): Promise<void> {
  const attempt = await queries.recordSignInAttempt(ctx.db, hashOf(name), ctx.config.limits.login);
  if (attempt.allowed) return;
  if (attempt.closing) await onClosing();
  throw createRateLimitedError(Math.max(1, attempt.waitSeconds));
}

/** Forgets the attempts on names, once their owner has shown who they are. */
export const clearSignInAttempts = (ctx: DbCtx, names: string[]): Promise<void> =>
  queries.deleteSignInAttempts(ctx.db, names.map(hashOf));

/** Upkeep: forgets names that nobody tries any more. */
export const deleteOldSignInAttempts = (ctx: AppCtx): Promise<void> =>
  queries.deleteExpiredSignInAttempts(ctx.db);
