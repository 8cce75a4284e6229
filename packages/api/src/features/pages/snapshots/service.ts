import type { TrxCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import * as blocks from '../blocks/queries.ts';
import { generateRanksAfter } from '../blocks/ranks.ts';
import { addToBlockCount } from '../queries.ts';
import * as queries from './queries.ts';
import type { Snapshot } from './schema.ts';

export { readSnapshot } from './queries.ts';

/** New IDs instead of the given ones, also where other blocks mention them. */
function replaceIds(snapshot: Snapshot, ids: string[]): Snapshot {
  let text = JSON.stringify(snapshot);
  for (const id of ids) text = text.replaceAll(id, generateId());
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only IDs were replaced
  return JSON.parse(text) as Snapshot;
}

export const copySnapshot = (snapshot: Snapshot): Snapshot =>
  replaceIds(
    snapshot,
    snapshot.blocks.map(({ id }) => id),
  );

/**
 * Makes the page's content that of the snapshot. Blocks keep their IDs, unless they moved to another page; the others go
 * into the trash. The caller holds the page's lock.
 */
export async function applySnapshot(ctx: TrxCtx, pageId: string, snapshot: Snapshot): Promise<void> {
  const { db } = ctx;
  const ids = snapshot.blocks.map(({ id }) => id);
  const applied = replaceIds(snapshot, await queries.listIdsElsewhere(db, pageId, ids));
  await queries.writePageContent(db, pageId, applied.page);
  const before = await blocks.markBlocksTrashed(db, pageId);
  const ranks = generateRanksAfter(null, applied.blocks.length);
  const ranked = applied.blocks.map((block, index) => ({ ...block, rank: ranks[index] ?? '' }));
  await queries.writeBlocks(db, pageId, ranked);
  await blocks.deleteExcessTrashedBlocks(db, pageId);
  await addToBlockCount(db, pageId, applied.blocks.length - before);
}
