import { invalidateCached } from '../../../core/cache/caches.ts';
import type { AppCtx, AppTrxCtx, Ctx, DbCtx, TrxCtx } from '../../../core/context.ts';
import { AppError, createTakenError, createValidationError } from '../../../core/errors.ts';
import { findSignedInUserId } from '../../../core/principal.ts';
import { createUsernameTakenError, isReservedName } from '../../users/service.ts';
import { findPersonalWorkspaceId } from '../../workspaces/service.ts';
import { HANDLE_HOLD_DAYS, MAX_HANDLES } from '../policy.ts';
import { pageHandle } from '../schema.ts';
import * as queries from './queries.ts';
import type { HandleAvailability, OwnHandle, HandleUnavailability } from './schema.ts';

async function findUnavailability(
  ctx: DbCtx,
  handle: string,
  workspaceId: string | undefined,
): Promise<HandleUnavailability | null> {
  if (!pageHandle.safeParse(handle).success) return 'invalid';
  if (isReservedName(handle)) return 'reserved';
  const row = await queries.findHandle(ctx.db, handle);
  if (!row) return null;
  if (row.state === 'reserved') return 'reserved';
  if (row.state === 'active') return 'taken';
  if (row.workspaceId !== null && row.workspaceId === workspaceId) return null;
  return row.state === null ? 'taken' : 'held';
}

export const isHandleAvailable = async (ctx: DbCtx, handle: string): Promise<boolean> =>
  (await findUnavailability(ctx, handle, undefined)) === null;

export async function checkHandle(ctx: Ctx, { handle }: { handle: string }): Promise<HandleAvailability> {
  const userId = await findSignedInUserId(ctx);
  const workspaceId = userId === undefined ? undefined : findPersonalWorkspaceId(userId);
  const reason = await findUnavailability(ctx, handle, workspaceId);
  return { handle, available: reason === null, reason };
}

function createUnavailableError(reason: HandleUnavailability | null): AppError {
  if (reason === 'reserved')
    return createValidationError({ path: 'handle', message: 'This handle is reserved', code: reason });
  return reason === 'held'
    ? new AppError('HANDLE_TAKEN', 'This handle is reserved for its previous owner')
    : createTakenError('HANDLE_TAKEN');
}

/** Throws `HANDLE_TAKEN`, `VALIDATION_FAILED` if reserved, `LIMIT_REACHED`. The caller has locked the workspace. */
export async function requireHandleClaim(ctx: TrxCtx, wanted: queries.HandleClaim): Promise<void> {
  if (isReservedName(wanted.handle) || !(await queries.claimHandle(ctx.db, wanted))) {
    const reason = await findUnavailability(ctx, wanted.handle, wanted.workspaceId);
    throw createUnavailableError(reason);
  }
  await requireHandleRoom(ctx, wanted.workspaceId);
}

/** For handles that are there already. Throws `LIMIT_REACHED`. */
export async function requireHandleRoom(ctx: TrxCtx, workspaceId: string): Promise<void> {
  if ((await queries.countHandlesOfWorkspace(ctx.db, workspaceId)) > MAX_HANDLES) {
    throw new AppError(
      'LIMIT_REACHED',
      `A workspace can have at most ${MAX_HANDLES} handles, including the ones kept for it. Kept handles expire after ${HANDLE_HOLD_DAYS} days.`,
    );
  }
}

export async function renameHandle(ctx: TrxCtx, before: string, wanted: queries.HandleClaim): Promise<void> {
  if (before.toLowerCase() === wanted.handle.toLowerCase()) return;
  await queries.lockHandles(ctx.db, [before, wanted.handle]);
  await queries.retireHandles(ctx.db, wanted.pageId, 'renamed');
  await requireHandleClaim(ctx, wanted);
}

export const holdHandle = (ctx: TrxCtx, pageId: string): Promise<void> =>
  queries.retireHandles(ctx.db, pageId, 'held');

/** Holds the names for a sign-up with the same address; frees them if it was never verified (null `emailHmac`). */
export const retireHandlesOfUser = (
  ctx: TrxCtx,
  workspaceIds: string[],
  emailHmac: Buffer | null,
): Promise<void> =>
  emailHmac
    ? queries.holdHandlesOfWorkspaces(ctx.db, workspaceIds, emailHmac)
    : queries.deleteHandlesOfWorkspaces(ctx.db, workspaceIds);

/** Nobody gets the names of a deleted workspace at once, as links and printed codes lead there. */
export const holdHandlesOfDeletedWorkspaces = (ctx: TrxCtx, workspaceIds: string[]): Promise<void> =>
  queries.holdHandlesOfWorkspaces(ctx.db, workspaceIds, null);

/** Throws `USERNAME_TAKEN`. Lock order as in a sign-up: `users` has the new name already. */
export async function replaceUsername(
  ctx: TrxCtx,
  { userId, before, username }: { userId: string; before: string; username: string },
): Promise<void> {
  const workspaceId = findPersonalWorkspaceId(userId);
  await queries.lockHandles(ctx.db, [before, username]);
  if (!(await queries.claimUsername(ctx.db, { username, workspaceId }))) throw createUsernameTakenError();
  if (before.toLowerCase() !== username.toLowerCase())
    await queries.holdUsername(ctx.db, { username: before, workspaceId });
}

/** The email address must be verified. */
export const returnHeldHandles = (
  ctx: AppTrxCtx,
  { userId, emailCanonical }: { userId: string; emailCanonical: string },
): Promise<void> =>
  queries.returnHandlesByEmail(ctx.db, findPersonalWorkspaceId(userId), ctx.emailHash(emailCanonical));

export const holdRenamedHandles = (ctx: TrxCtx, pageIds: string[]): Promise<void> =>
  queries.holdRenamedHandlesOfPages(ctx.db, pageIds);

export const deleteExpiredHandles = (ctx: AppCtx): Promise<void> => queries.deleteExpiredHandleRows(ctx.db);

/** Under all handles, on every instance, after commit. */
export async function invalidateCachedPages(ctx: AppCtx, of: queries.HandlesOf): Promise<void> {
  for (const { handle } of await queries.listHandleRows(ctx.db, of))
    await invalidateCached(ctx, 'public-pages', handle);
}

/** `until` is the end of a redirect or hold, null for names in use. */
export async function listHandles(ctx: AppCtx, ownerId: string): Promise<OwnHandle[]> {
  const rows = await queries.listHandleRows(ctx.db, { ownerId });
  return rows.map(({ until, ...row }) => ({ ...row, until: until?.toISOString() ?? null }));
}
