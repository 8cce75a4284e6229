import type { AppCtx, DbCtx } from '../../../core/context.ts';
import { hashWithSha256 } from '../../../core/crypto/crypto.ts';
import { createRateLimitedError } from '../../../core/limits/rate-limiter.ts';
import { listBlockSeconds, STRIKE_RETENTION_SECONDS } from './policy.ts';
import * as queries from './queries.ts';

const hashName = (name: string): Buffer => hashWithSha256(name.toLowerCase());

/**
 * Counts an attempt to sign in with a name, known or unknown, in the database, so that restarts and other servers
 * see it. Throws `RATE_LIMITED` if the name is blocked; `onClosing` is called for the attempt that starts the block.
 */
export async function countSignInAttempt(
  ctx: AppCtx,
  name: string,
  onClosing: () => Promise<void>,
): Promise<void> {
  const { points, seconds } = ctx.config.limits.login;
  const attempt = await queries.recordSignInAttempt(ctx.db, hashName(name), {
    points,
    windowSeconds: seconds,
    blockSeconds: listBlockSeconds(seconds),
    strikeRetentionSeconds: STRIKE_RETENTION_SECONDS,
  });
  if (attempt.allowed) return;
  if (attempt.closing) await onClosing();
  throw createRateLimitedError(Math.max(1, attempt.waitSeconds));
}

/** Clears the attempts on names after their owner has proved who they are. */
export const clearSignInAttempts = (ctx: DbCtx, names: string[]): Promise<void> =>
  queries.deleteSignInAttempts(ctx.db, names.map(hashName));

/** Scheduled job: deletes attempts that no longer count. */
export const deleteOldSignInAttempts = (ctx: AppCtx): Promise<void> =>
  queries.deleteExpiredSignInAttempts(ctx.db, STRIKE_RETENTION_SECONDS);
