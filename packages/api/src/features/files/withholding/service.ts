import { withTransaction } from '@linkgrove/db';
import type { AppCtx, TrxCtx } from '../../../core/context.ts';
import { type OriginCtx, publishMessage } from '../../outbox/service.ts';
import * as queries from './queries.ts';
import { filesWithheldTopic } from './schema.ts';

// A file of a page that was taken down is moved in the store to a name that nobody can guess, so that requests for files
// ask no database, and a bucket that is public itself does not have it either.

/** For the transaction that takes a page down or restores it. */
export const requestSettlement = (ctx: TrxCtx & OriginCtx, workspaceId: string): Promise<void> =>
  publishMessage(ctx, filesWithheldTopic, { workspaceId });

const hideKey = ({ keyedHash }: Pick<AppCtx, 'keyedHash'>, key: string): string =>
  `withheld-${keyedHash('withheldObject', key).toString('hex')}`;

export const isFileWithheld = async (ctx: AppCtx, key: string): Promise<boolean> =>
  (await queries.findWithheldObject(ctx.db, key))?.isWithheld ?? false;

/** Reads the decision again after each move, so of several that run at once the last leaves the object where it belongs. */
async function placeObject(ctx: AppCtx, key: string): Promise<void> {
  const hidden = hideKey(ctx, key);
  const isWithheld = await isFileWithheld(ctx, key);
  // The hidden copy stays: another one who hides it at the same time may be about to delete the one that is seen.
  await (isWithheld ? ctx.fileStore.move(key, hidden) : ctx.fileStore.copy(hidden, key));
  await queries.markObjectPlaced(ctx.db, { key, isWithheld });
  if ((await isFileWithheld(ctx, key)) !== isWithheld) await placeObject(ctx, key);
}

/** Withholds and releases files of a workspace, as its pages are taken down and restored. */
export async function settleWithheldFiles(
  ctx: AppCtx,
  { workspaceId }: { workspaceId: string },
): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    await queries.lockWithheldObjects(trx.db, workspaceId);
    const objects = await queries.listMisplacedObjects(trx.db, workspaceId);
    const { withheld = [], released = [] } = Object.groupBy(objects, ({ isWithheld }) =>
      isWithheld ? 'withheld' : 'released',
    );
    const toKeys = (part: typeof objects) => part.map(({ key }) => key);
    if (withheld.length > 0) await queries.markObjectsWithheld(trx.db, toKeys(withheld));
    if (released.length > 0) await queries.markObjectsReleased(trx.db, toKeys(released));
  });
  for (const key of await queries.listMovingObjects(ctx.db)) await placeObject(ctx, key);
}

/** Scheduled job: follows what owners changed since, such as a file that another page shows now. */
export async function settleAllWithheldFiles(ctx: AppCtx): Promise<void> {
  for (const workspaceId of await queries.listWorkspacesToSettle(ctx.db))
    await settleWithheldFiles(ctx, { workspaceId });
}

/** For an object that no file uses any more, and that may have been withheld some time. */
export const deleteWithheldCopy = (ctx: AppCtx, key: string): Promise<void> =>
  ctx.fileStore.delete(hideKey(ctx, key));
