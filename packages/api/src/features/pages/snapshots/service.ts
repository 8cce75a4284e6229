import type { AppTrxCtx, TrxCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { copyFiles } from '../../files/uses/service.ts';
import * as blocks from '../blocks/queries.ts';
import { generateRanksAfter } from '../blocks/ranks.ts';
import { addToBlockCount } from '../queries.ts';
import * as queries from './queries.ts';
import type { Snapshot } from './schema.ts';

export { readSnapshot } from './queries.ts';

const FILE_ID = /(?:[fF]ileId|file_id)":"([0-9a-f-]{36})"/g;

/** Wherever the snapshot mentions them. */
function replaceIds(snapshot: Snapshot, ids: Iterable<readonly [string, string]>): Snapshot {
  let text = JSON.stringify(snapshot);
  for (const [id, newId] of ids) text = text.replaceAll(id, newId);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only IDs were replaced
  return JSON.parse(text) as Snapshot;
}

export const copySnapshot = (snapshot: Snapshot): Snapshot =>
  replaceIds(
    snapshot,
    snapshot.blocks.map(({ id }) => [id, generateId()] as const),
  );

/** For use in another workspace, which gets copies of the files. Throws `LIMIT_REACHED`. */
export async function copySnapshotFiles(
  ctx: AppTrxCtx,
  snapshot: Snapshot,
  { from, to }: { from: string; to: string },
): Promise<Snapshot> {
  if (from === to) return snapshot;
  const found = [...JSON.stringify(snapshot).matchAll(FILE_ID)].flatMap(([, id]) => id ?? []);
  return replaceIds(snapshot, await copyFiles(ctx, { ids: [...new Set(found)], from, to }));
}

/**
 * Makes the page's content that of the snapshot. Blocks keep their IDs, unless they moved to another page; the others go
 * into the trash. The caller holds the page's lock.
 */
export async function applySnapshot(ctx: TrxCtx, pageId: string, snapshot: Snapshot): Promise<void> {
  const { db } = ctx;
  const ids = snapshot.blocks.map(({ id }) => id);
  const elsewhere = await queries.listIdsElsewhere(db, pageId, ids);
  const applied = replaceIds(
    snapshot,
    elsewhere.map((id) => [id, generateId()] as const),
  );
  await queries.writePageContent(db, pageId, applied.page);
  const before = await blocks.markBlocksTrashed(db, pageId);
  const ranks = generateRanksAfter(null, applied.blocks.length);
  const ranked = applied.blocks.map((block, index) => ({ ...block, rank: ranks[index] ?? '' }));
  await queries.writeBlocks(db, pageId, ranked);
  await blocks.deleteExcessTrashedBlocks(db, pageId);
  await addToBlockCount(db, pageId, applied.blocks.length - before);
}
