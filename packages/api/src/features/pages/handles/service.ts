import type { Trx } from '@linkgrove/db';
import { forget } from '../../../core/caches.ts';
import type { AppCtx, Ctx } from '../../../core/context.ts';
import { AppError, validationFailed } from '../../../core/errors.ts';
import { newCode } from '../../../core/ids.ts';
import { isReservedName } from '../../../core/reserved-names.ts';
import { handle as handleShape } from '../schema.ts';
import * as queries from './queries.ts';
import type { Availability, OwnHandle, Unavailable } from './schema.ts';

/** Most handles in one name, those included that are kept after a renaming or deletion. */
const MAX_HANDLES = 60;

const REFUSALS: Record<Unavailable, string> = {
  invalid: 'Must have 3 to 30 letters a-z, digits and single . _ - between them',
  reserved: 'This handle is reserved',
  taken: 'This handle is taken',
  held: 'This handle is kept for who had it before',
};

async function reasonAgainst(
  ctx: { db: AppCtx['db'] },
  handle: string,
  userId: string | undefined,
): Promise<Unavailable | null> {
  if (!handleShape.safeParse(handle).success) return 'invalid';
  if (isReservedName(handle)) return 'reserved';
  const row = await queries.findHandle(ctx.db, handle);
  if (!row) return null;
  if (row.state === 'reserved') return 'reserved';
  if (row.state === 'active') return 'taken';
  return row.userId !== null && row.userId === userId ? null : 'held';
}

/** Whether a handle can be had, and if not, why; someone signed in may have those again that are kept for them. */
export async function check(ctx: Ctx, { handle }: { handle: string }): Promise<Availability> {
  const reason = await reasonAgainst(ctx, handle, await signedInUser(ctx));
  return { handle, available: reason === null, reason };
}

const signedInUser = async (ctx: Ctx): Promise<string | undefined> =>
  ctx.credentials.accessToken
    ? ctx.authenticate().then(
        (principal) => principal.userId,
        () => undefined,
      )
    : undefined;

/**
 * Gives a page a handle. Throws `HANDLE_TAKEN` where it belongs to someone or is held, `VALIDATION_FAILED` where
 * it is reserved, and `LIMIT_REACHED` where too many stand in the user's name. The caller holds the user's row.
 */
export async function requireClaim(ctx: { db: Trx }, wanted: queries.Claim): Promise<void> {
  if (isReservedName(wanted.handle) || !(await queries.claim(ctx.db, wanted))) {
    const reason = (await reasonAgainst(ctx, wanted.handle, wanted.userId)) ?? 'taken';
    if (reason !== 'reserved') throw new AppError('HANDLE_TAKEN', REFUSALS[reason]);
    throw validationFailed({ path: 'handle', message: REFUSALS[reason], code: reason });
  }
  if ((await queries.countHandles(ctx.db, wanted.userId)) > MAX_HANDLES) {
    throw new AppError(
      'LIMIT_REACHED',
      `At most ${MAX_HANDLES} handles are kept in one name. Some will be free again in 90 days.`,
    );
  }
}

/** Gives a page another handle; the one before leads to it for 90 days. Throws as `requireClaim`. */
export async function rename(ctx: { db: Trx }, before: string, wanted: queries.Claim): Promise<void> {
  if (before.toLowerCase() === wanted.handle.toLowerCase()) return;
  await queries.lockHandles(ctx.db, [before, wanted.handle]);
  await queries.retire(ctx.db, wanted.pageId, 'renamed');
  await requireClaim(ctx, wanted);
}

/** Keeps the handle of a deleted page for its owner, for 90 days. */
export const hold = (ctx: { db: Trx }, pageId: string): Promise<void> =>
  queries.retire(ctx.db, pageId, 'held');

/** Keeps every handle of someone who leaves for 90 days, in case they come back and verify their address. */
export const holdAll = (ctx: { db: Trx }, userId: string, emailHmac: Buffer): Promise<void> =>
  queries.holdAll(ctx.db, userId, emailHmac);

/**
 * A handle to begin with for who comes back under a name that is kept for their address, until they have
 * verified it; undefined where it is kept for somebody else. 22 characters of the name at most, and a random end.
 */
export async function standIn(
  ctx: AppCtx,
  { username, emailCanonical }: { username: string; emailCanonical: string },
): Promise<string | undefined> {
  if (!(await queries.isHeldFor(ctx.db, username, ctx.emailHash(emailCanonical)))) return undefined;
  return `${username.slice(0, 22).replace(/[._-]$/, '')}-${newCode(6)}`;
}

/** Lets a user have the handles again that an earlier account with their address had. It must be verified. */
export const returnHeld = (
  ctx: AppCtx & { db: Trx },
  { userId, emailCanonical }: { userId: string; emailCanonical: string },
): Promise<void> => queries.returnHeld(ctx.db, userId, ctx.emailHash(emailCanonical));

/** Ends what leads to pages that are deleted for good. */
export const holdRenamed = (ctx: { db: Trx }, pageIds: string[]): Promise<void> =>
  queries.holdRenamed(ctx.db, pageIds);

/** Upkeep: lets go of handles that were kept long enough. */
export const deleteExpired = (ctx: AppCtx): Promise<void> => queries.deleteExpired(ctx.db);

/** Has every instance forget what it shows under the handles of a page, or of a user's pages, after the commit. */
export async function forgetShown(ctx: AppCtx, of: { pageId: string } | { userId: string }): Promise<void> {
  for (const { handle } of await queries.listHandles(ctx.db, of)) await forget(ctx, 'public-pages', handle);
}

/** The handles in a user's name, and until when those are kept that are not in use. */
export async function listHandles(ctx: AppCtx, userId: string): Promise<OwnHandle[]> {
  const rows = await queries.listHandles(ctx.db, { userId });
  return rows.map(({ until, ...row }) => ({ ...row, until: until?.toISOString() ?? null }) as OwnHandle);
}
