import { forgetCached } from '../../../core/cache/caches.ts';
import type { AppCtx, AppTrxCtx, Ctx, DbCtx, TrxCtx } from '../../../core/context.ts';
import { AppError, createValidationError } from '../../../core/errors.ts';
import { generateCode } from '../../../core/crypto/ids.ts';
import { findSignedInUserId } from '../../../core/principal.ts';
import { isReservedName } from '../../users/service.ts';
import { pageHandle } from '../schema.ts';
import * as queries from './queries.ts';
import type { HandleAvailability, OwnHandle, HandleUnavailability } from './schema.ts';

/** Most handles in one name, those included that are kept after a renaming or deletion. */
const MAX_HANDLES = 60;

const REFUSALS: Record<HandleUnavailability, string> = {
  invalid: 'Must have 3 to 30 letters a-z, digits and single . _ - between them',
  reserved: 'This handle is reserved',
  taken: 'This handle is taken',
  held: 'This handle is kept for who had it before',
};

async function reasonAgainst(
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

/** Whether a handle can be had, and if not, why; someone signed in may have those again that are kept for them. */
export async function checkHandle(ctx: Ctx, { handle }: { handle: string }): Promise<HandleAvailability> {
  const reason = await reasonAgainst(ctx, handle, await findSignedInUserId(ctx));
  return { handle, available: reason === null, reason };
}

/**
 * Gives a page a handle. Throws `HANDLE_TAKEN` where it belongs to someone or is held, `VALIDATION_FAILED` where
 * it is reserved, and `LIMIT_REACHED` where too many stand in the user's name. The caller holds the user's row.
 */
export async function requireHandleClaim(ctx: TrxCtx, wanted: queries.HandleClaim): Promise<void> {
  if (isReservedName(wanted.handle) || !(await queries.claimHandle(ctx.db, wanted))) {
    const reason = (await reasonAgainst(ctx, wanted.handle, wanted.userId)) ?? 'taken';
    if (reason !== 'reserved') throw new AppError('HANDLE_TAKEN', REFUSALS[reason]);
    throw createValidationError({ path: 'handle', message: REFUSALS[reason], code: reason });
  }
  if ((await queries.countHandlesOfUser(ctx.db, wanted.userId)) > MAX_HANDLES) {
    throw new AppError(
      'LIMIT_REACHED',
      `At most ${MAX_HANDLES} handles are kept in one name. Some will be free again in 90 days.`,
    );
  }
}

/** Gives a page another handle; the one before leads to it for 90 days. Throws as `requireHandleClaim`. */
export async function renameHandle(ctx: TrxCtx, before: string, wanted: queries.HandleClaim): Promise<void> {
  if (before.toLowerCase() === wanted.handle.toLowerCase()) return;
  await queries.lockHandles(ctx.db, [before, wanted.handle]);
  await queries.retireHandles(ctx.db, wanted.pageId, 'renamed');
  await requireHandleClaim(ctx, wanted);
}

/** Keeps the handle of a deleted page for its owner, for 90 days. */
export const holdHandle = (ctx: TrxCtx, pageId: string): Promise<void> =>
  queries.retireHandles(ctx.db, pageId, 'held');

/** Keeps every handle of someone who leaves for 90 days, in case they come back and verify their address. */
export const holdHandlesOfUser = (ctx: TrxCtx, userId: string, emailHmac: Buffer): Promise<void> =>
  queries.holdHandlesByUser(ctx.db, userId, emailHmac);

/**
 * A handle to begin with for who comes back under a name that is kept for their address, until they have
 * verified it; undefined where it is kept for somebody else. 22 characters of the name at most, and a random end.
 */
export async function createStandInHandle(
  ctx: AppCtx,
  { username, emailCanonical }: { username: string; emailCanonical: string },
): Promise<string | undefined> {
  if (!(await queries.isHandleHeldForEmail(ctx.db, username, ctx.emailHash(emailCanonical))))
    return undefined;
  return `${username.slice(0, 22).replace(/[._-]$/, '')}-${generateCode(6)}`;
}

/** Lets a user have the handles again that an earlier account with their address had. It must be verified. */
export const returnHeldHandles = (
  ctx: AppTrxCtx,
  { userId, emailCanonical }: { userId: string; emailCanonical: string },
): Promise<void> => queries.returnHandlesByEmail(ctx.db, userId, ctx.emailHash(emailCanonical));

/** Ends what leads to pages that are deleted for good. */
export const holdRenamedHandles = (ctx: TrxCtx, pageIds: string[]): Promise<void> =>
  queries.holdRenamedHandlesOfPages(ctx.db, pageIds);

/** Upkeep: lets go of handles that were kept long enough. */
export const deleteExpiredHandles = (ctx: AppCtx): Promise<void> => queries.deleteExpiredHandleRows(ctx.db);

/** Has every instance forget what it shows under the handles of a page, or of a user's pages, after the commit. */
export async function forgetCachedPages(
  ctx: AppCtx,
  of: { pageId: string } | { userId: string },
): Promise<void> {
  for (const { handle } of await queries.listHandleRows(ctx.db, of))
    await forgetCached(ctx, 'public-pages', handle);
}

/** The handles in a user's name, and until when those are kept that are not in use. */
export async function listHandles(ctx: AppCtx, userId: string): Promise<OwnHandle[]> {
  const rows = await queries.listHandleRows(ctx.db, { userId });
  return rows.map(({ until, ...row }) => ({ ...row, until: until?.toISOString() ?? null }) as OwnHandle);
}
