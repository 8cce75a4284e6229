import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import type { AppCtx, Ctx } from '../../../core/context.ts';
import { signExpiringToken } from '../../../core/crypto/expiring-token.ts';
import { AppError } from '../../../core/errors.ts';
import { clearUnlockAttempts, countUnlockAttempt, countWrongUnlock } from '../../auth/throttle/service.ts';
import { requirePageEntry } from '../service.ts';
import { findPageLock } from './queries.ts';
import type { UnlockedPage, unlockPageInput } from './schema.ts';

const UNLOCKED_HOURS = 24;
const MAX_REMEMBERED_LOCKS = 1_000;

const createWrongPasswordError = (): AppError =>
  new AppError('PAGE_LOCKED', 'Wrong password', {
    errors: [{ path: 'password', message: 'Wrong password', code: 'wrong_password' }],
  });

/** All visitors of a page have the same password, so bcrypt has to confirm it only once. */
const rightPasswords = new LRUCache<string, Buffer>({ max: MAX_REMEMBERED_LOCKS });

async function isRightPassword(ctx: AppCtx, hash: string, password: string): Promise<boolean> {
  const given = ctx.keyedHash('pageLock', password.normalize('NFC'));
  const right = rightPasswords.get(hash);
  if (right) return timingSafeEqual(given, right);
  const isRight = await ctx.passwords.verify(password, hash);
  if (isRight) rightPasswords.set(hash, given);
  return isRight;
}

/** Throws `NOT_FOUND`, `TAKEN_DOWN`, `CONFLICT` if the page has no password, `PAGE_LOCKED` for a wrong one, and `RATE_LIMITED`. */
export async function unlockPage(
  ctx: Ctx,
  { handle, password }: z.infer<typeof unlockPageInput>,
): Promise<UnlockedPage> {
  const { pageId } = (await requirePageEntry(ctx, handle)).view;
  const lock = await findPageLock(ctx.db, pageId);
  if (!lock) throw new AppError('CONFLICT', 'The page has no password');
  await countUnlockAttempt(ctx, lock.id, ctx.address);
  if (!(await isRightPassword(ctx, lock.hash, password))) {
    await countWrongUnlock(ctx, lock.id);
    throw createWrongPasswordError();
  }
  await clearUnlockAttempts(ctx, lock.id, ctx.address);
  const expiresAt = new Date(Date.now() + UNLOCKED_HOURS * 3_600_000);
  const token = signExpiringToken(ctx.unlockSigner, lock.id, expiresAt);
  ctx.setUnlockToken(pageId, token, UNLOCKED_HOURS * 3_600);
  return { token, expiresAt: expiresAt.toISOString() };
}
