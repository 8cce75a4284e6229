import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, UserCtx } from '../../../core/context.ts';
import { requireVersion } from '../../../core/versions.ts';
import * as handles from '../handles/service.ts';
import * as queries from '../queries.ts';
import type { Page, restoreInput } from '../schema.ts';
import { get, holdPage, noSuchPage, takeSlot } from '../service.ts';

/** Moves a page into the trash; its handle is kept for its owner for 90 days. Throws `NOT_FOUND`. */
export async function remove(ctx: UserCtx, { id }: { id: string }): Promise<void> {
  const { userId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    await queries.lockOwner(trx.db, userId);
    const page = await holdPage(trx, id, userId);
    requireVersion(ctx, page.version, undefined);
    await queries.trashPage(trx.db, id);
    await handles.hold(trx, id);
    await handles.forgetShown(trx, { pageId: id });
  });
}

/**
 * Takes a page out of the trash, as it was, within 30 days. Throws `NOT_FOUND`, `LIMIT_REACHED`, and `HANDLE_TAKEN`
 * where another page of the user has its handle now and no other is given.
 */
export async function restore(ctx: UserCtx, input: z.infer<typeof restoreInput>): Promise<Page> {
  const { userId } = ctx.principal;
  const { id } = input;
  await withTransaction(ctx, async (trx) => {
    const slot = await takeSlot(trx, userId);
    const page = await queries.lockDeletedPage(trx.db, id, userId);
    if (!page) throw noSuchPage();
    const handle = input.handle ?? page.handle;
    await queries.restorePage(trx.db, id, slot, handle);
    await handles.requireClaim(trx, { handle, userId, pageId: id });
    await handles.forgetShown(trx, { pageId: id });
  });
  return get(ctx, { id });
}

const BATCH = 100;

/** Upkeep: empties the trash of what lies there for 30 days, and lets go of handles kept for 90. */
export async function emptyTrash(ctx: AppCtx): Promise<void> {
  await handles.deleteExpired(ctx);
  while ((await emptyBatch(ctx)) === BATCH);
}

const emptyBatch = (ctx: AppCtx): Promise<number> =>
  withTransaction(ctx, async (trx) => {
    const ids = await queries.lockSpentPages(trx.db, BATCH);
    if (ids.length > 0) {
      await handles.holdRenamed(trx, ids);
      await queries.deletePages(trx.db, ids);
    }
    return ids.length;
  });
