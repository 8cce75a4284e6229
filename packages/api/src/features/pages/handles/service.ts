import { invalidateCached } from '../../../core/cache/caches.ts';
import type { AppCtx, AppTrxCtx, Ctx, DbCtx, TrxCtx } from '../../../core/context.ts';
import { AppError, createValidationError } from '../../../core/errors.ts';
import { generateCode } from '../../../core/crypto/ids.ts';
import { findSignedInUserId } from '../../../core/principal.ts';
import { isReservedName } from '../../users/service.ts';
import { HANDLE_HOLD_DAYS, MAX_HANDLES } from '../policy.ts';
import { pageHandle } from '../schema.ts';
import * as queries from './queries.ts';
import type { HandleAvailability, OwnHandle, HandleUnavailability } from './schema.ts';

const MESSAGES: Record<HandleUnavailability, string> = {
  invalid: 'Use 3–30 letters or digits; single . _ - allowed inside',
  reserved: 'This handle is reserved',
  taken: 'This handle is taken',
  held: 'This handle is reserved for its previous owner',
};

async function findUnavailability(
  ctx: DbCtx,
  handle: string,
  userId: string | undefined,
): Promise<HandleUnavailability | null> {
  if (!pageHandle.safeParse(handle).success) return 'invalid';
  if (isReservedName(handle)) return 'reserved';
  const row = await queries.findHandle(ctx.db, handle);
  if (!row) return null;
  if (row.state === 'reserved') return 'reserved';
  if (row.state === 'active') return 'taken';
  return row.userId !== null && row.userId === userId ? null : 'held';
}

/** Whether a new user could take a handle. */
export const isHandleAvailable = async (ctx: DbCtx, handle: string): Promise<boolean> =>
  (await findUnavailability(ctx, handle, undefined)) === null;

/** Checks whether the caller, signed in or not, could take a handle, and if not, why. */
export async function checkHandle(ctx: Ctx, { handle }: { handle: string }): Promise<HandleAvailability> {
  const reason = await findUnavailability(ctx, handle, await findSignedInUserId(ctx));
  return { handle, available: reason === null, reason };
}

/**
 * Gives a handle to a page. Throws `HANDLE_TAKEN` if it is in use or held, `VALIDATION_FAILED` if it is reserved,
 * and `LIMIT_REACHED` if the user has too many handles. The caller holds the lock of the user's row.
 */
export async function requireHandleClaim(ctx: TrxCtx, wanted: queries.HandleClaim): Promise<void> {
  if (isReservedName(wanted.handle) || !(await queries.claimHandle(ctx.db, wanted))) {
    const reason = (await findUnavailability(ctx, wanted.handle, wanted.userId)) ?? 'taken';
    if (reason !== 'reserved') throw new AppError('HANDLE_TAKEN', MESSAGES[reason]);
    throw createValidationError({ path: 'handle', message: MESSAGES[reason], code: reason });
  }
  if ((await queries.countHandlesOfUser(ctx.db, wanted.userId)) > MAX_HANDLES) {
    throw new AppError(
      'LIMIT_REACHED',
      `You can have at most ${MAX_HANDLES} handles, including the ones kept for you. Kept handles expire after ${HANDLE_HOLD_DAYS} days.`,
    );
  }
}

/** Changes a page's handle; the old one redirects to it during the hold. Throws like `requireHandleClaim`. */
export async function renameHandle(ctx: TrxCtx, before: string, wanted: queries.HandleClaim): Promise<void> {
  if (before.toLowerCase() === wanted.handle.toLowerCase()) return;
  await queries.lockHandles(ctx.db, [before, wanted.handle]);
  await queries.retireHandles(ctx.db, wanted.pageId, 'renamed');
  await requireHandleClaim(ctx, wanted);
}

export const holdHandle = (ctx: TrxCtx, pageId: string): Promise<void> =>
  queries.retireHandles(ctx.db, pageId, 'held');

/** Holds a deleted user's handles, in case they sign up again and verify the same email address. */
export const holdHandlesOfUser = (ctx: TrxCtx, userId: string, emailHmac: Buffer): Promise<void> =>
  queries.holdHandlesByUser(ctx.db, userId, emailHmac);

/** Leaves room in the 30 characters of a handle for `-` and six random characters. */
const MAX_STAND_IN_PREFIX = 22;

/**
 * Creates a temporary handle for a returning user whose username is held for their email address, to use until
 * they have verified it; undefined if the username is not held for this address.
 */
export async function createStandInHandle(
  ctx: AppCtx,
  { username, emailCanonical }: { username: string; emailCanonical: string },
): Promise<string | undefined> {
  if (!(await queries.isHandleHeldForEmail(ctx.db, username, ctx.emailHash(emailCanonical))))
    return undefined;
  return `${username.slice(0, MAX_STAND_IN_PREFIX).replace(/[._-]$/, '')}-${generateCode(6)}`;
}

/** Returns the handles of an earlier account to a user with the same email address, which must be verified. */
export const returnHeldHandles = (
  ctx: AppTrxCtx,
  { userId, emailCanonical }: { userId: string; emailCanonical: string },
): Promise<void> => queries.returnHandlesByEmail(ctx.db, userId, ctx.emailHash(emailCanonical));

export const holdRenamedHandles = (ctx: TrxCtx, pageIds: string[]): Promise<void> =>
  queries.holdRenamedHandlesOfPages(ctx.db, pageIds);

export const deleteExpiredHandles = (ctx: AppCtx): Promise<void> => queries.deleteExpiredHandleRows(ctx.db);

/** Invalidates the cached public pages of a page or a user, under all handles, on every instance after commit. */
export async function invalidateCachedPages(
  ctx: AppCtx,
  of: { pageId: string } | { userId: string },
): Promise<void> {
  for (const { handle } of await queries.listHandleRows(ctx.db, of))
    await invalidateCached(ctx, 'public-pages', handle);
}

/** Lists a user's handles; `until` is the end of a redirect or hold, null for handles in use. */
export async function listHandles(ctx: AppCtx, userId: string): Promise<OwnHandle[]> {
  const rows = await queries.listHandleRows(ctx.db, { userId });
  return rows.map(({ until, ...row }) => ({ ...row, until: until?.toISOString() ?? null }));
}
