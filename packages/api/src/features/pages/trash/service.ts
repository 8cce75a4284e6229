import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, MemberCtx } from '../../../core/context.ts';
import { requireVersion } from '../../../core/http/etags.ts';
import { publishPageEvent, publishPageUpdated } from '../events/service.ts';
import * as handles from '../handles/service.ts';
import * as queries from '../queries.ts';
import type { Page, restorePageInput } from '../schema.ts';
import { requireNotTakenDown } from '../takedowns/service.ts';
import { lockWorkspace } from '../../workspaces/service.ts';
import {
  findPageSlot,
  getPage,
  lockPageAndWorkspace,
  lockTrashedPage,
  requireTrashedPage,
} from '../service.ts';

/** Holds the handle for the owner. Throws `NOT_FOUND` and `PRECONDITION_FAILED`. */
export async function trashPage(ctx: MemberCtx, { id }: { id: string }): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    const page = await lockPageAndWorkspace(trx, id);
    requireVersion(ctx, page.version, undefined);
    await queries.markPageTrashed(trx.db, id);
    await handles.holdHandle(trx, id);
    await publishPageEvent(trx, 'page.deleted', id);
    await handles.invalidateCachedPages(trx, { pageId: id });
  });
}

/** Throws `NOT_FOUND`, `LIMIT_REACHED`, and `HANDLE_TAKEN` if the handle is in use and the input gives no other. */
export async function restorePage(ctx: MemberCtx, input: z.infer<typeof restorePageInput>): Promise<Page> {
  const { id } = input;
  await withTransaction(ctx, async (trx) => {
    const { workspaceId } = await requireTrashedPage(trx, id);
    await lockWorkspace(trx, workspaceId);
    const page = await lockTrashedPage(trx, id);
    const slot = await findPageSlot(trx, workspaceId);
    const handle = input.handle ?? page.handle;
    if (handle.toLowerCase() !== page.handle.toLowerCase()) requireNotTakenDown(page);
    await queries.unmarkPageTrashed(trx.db, id, slot, handle);
    await handles.requireHandleClaim(trx, { handle, workspaceId, pageId: id });
    if (page.published) await publishPageEvent(trx, 'page.published', id);
    else await publishPageUpdated(trx, id, ['deletedAt']);
    await handles.invalidateCachedPages(trx, { pageId: id });
  });
  return getPage(ctx, { id });
}

const TRASH_BATCH_SIZE = 100;

export async function deleteTrashedPages(ctx: AppCtx): Promise<void> {
  await handles.deleteExpiredHandles(ctx);
  while ((await deleteTrashedBatch(ctx)) === TRASH_BATCH_SIZE);
}

const deleteTrashedBatch = (ctx: AppCtx): Promise<number> =>
  withTransaction(ctx, async (trx) => {
    const ids = await queries.lockExpiredPages(trx.db, TRASH_BATCH_SIZE);
    if (ids.length > 0) {
      await handles.holdRenamedHandles(trx, ids);
      await queries.deletePageRows(trx.db, ids);
    }
    return ids.length;
  });
