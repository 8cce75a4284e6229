import { withTransaction } from '@linkgrove/db';
import type { AppCtx } from '../../../core/context.ts';
import * as queries from './queries.ts';

/** Scheduled job: deletes files that nothing has used for 30 days. Their bytes follow, see `deleteUnusedObjects`. */
export async function deleteUnusedFiles(ctx: AppCtx): Promise<void> {
  let workspaceId = await queries.findWorkspaceWithFiles(ctx.db, null);
  while (workspaceId !== undefined) {
    const id = workspaceId;
    await withTransaction(ctx, async (trx) => {
      await queries.markUnusedFiles(trx.db, id);
      await queries.deleteUnusedFileRows(trx.db, id);
    });
    workspaceId = await queries.findWorkspaceWithFiles(ctx.db, id);
  }
}
