import type { AppCtx } from '../../../core/context.ts';
import { sha256 } from '../../../core/crypto.ts';
import { tooMany } from '../../../core/rate-limit.ts';
import * as queries from './queries.ts';

const hashOf = (name: string): Buffer => sha256(name.toLowerCase());

/**
 * Counts an attempt to sign in by a name, known or not alike; kept in the database, so that a restart or
 * another server forgets nothing. Throws `RATE_LIMITED` when the name is blocked; `onClosing` is called for
 * the attempt that began the block. The growing wait ends by itself, by a success or by a password reset.
 */
export async function countAttempt(ctx: AppCtx, name: string, onClosing: () => Promise<void>): Promise<void> {
  const attempt = await queries.countAttempt(ctx.db, hashOf(name), ctx.config.limits.login);
  if (attempt.allowed) return;
  if (attempt.closing) await onClosing();
  throw tooMany(Math.max(1, attempt.waitSeconds));
}

/** Forgets the attempts on names, once their owner has shown who they are. */
export const clearAttempts = (ctx: { db: AppCtx['db'] }, names: string[]): Promise<void> =>
  queries.clearAttempts(ctx.db, names.map(hashOf));

/** Upkeep: forgets names that nobody tries any more. */
export const deleteOldAttempts = (ctx: AppCtx): Promise<void> => queries.deleteOldAttempts(ctx.db);
