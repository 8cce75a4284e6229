import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppTrxCtx, MemberCtx } from '../../../../core/context.ts';
import { generateId } from '../../../../core/crypto/ids.ts';
import { createValidationError } from '../../../../core/errors.ts';
import { recordPageChange } from '../../events/service.ts';
import { invalidateCachedPages } from '../../handles/service.ts';
import { adjustBlockCount, lockPage, updatePageVersion } from '../../service.ts';
import { writeBlocks } from '../../snapshots/queries.ts';
import { readSnapshot } from '../../snapshots/service.ts';
import { clearBlockGroup, listBlockRanks, markBlockTrashed } from '../queries.ts';
import { generateRankAfter } from '../ranks.ts';
import type { Block } from '../schema.ts';
import { createBlockNotFoundError, getBlock, getPageIdOfBlock } from '../service.ts';
import * as queries from './queries.ts';
import type { transferBlockInput } from './schema.ts';

/** A block that visitors still see at its old page stays there under its ID until the next publication. */
async function moveOrCopy(
  trx: AppTrxCtx,
  { id, from, to }: { id: string; from: string; to: string },
): Promise<string> {
  const { blocks } = await readSnapshot(trx.db, from);
  const block = blocks.find((one) => one.id === id);
  if (!block) throw createBlockNotFoundError();
  await clearBlockGroup(trx.db, id);
  const rank = generateRankAfter((await listBlockRanks(trx.db, to)).at(-1)?.rank ?? null);
  if (!(await queries.isBlockLive(trx.db, id))) {
    await queries.updateBlockPage(trx.db, id, to, rank);
    return id;
  }
  const copyId = generateId();
  await markBlockTrashed(trx.db, id);
  await writeBlocks(trx.db, to, [{ ...block, id: copyId, parent_id: null, rank }]);
  return copyId;
}

/** Throws `NOT_FOUND` and `LIMIT_REACHED`. */
export async function transferBlock(
  ctx: MemberCtx,
  { id, pageId: to }: z.infer<typeof transferBlockInput>,
): Promise<Block> {
  const from = await getPageIdOfBlock(ctx, id);
  if (from === to)
    throw createValidationError({ path: 'pageId', message: 'Choose another page', code: 'same_page' });
  const newId = await withTransaction(ctx, async (trx) => {
    // In one order, so that two moves in opposite directions do not deadlock.
    for (const pageId of [from, to].toSorted()) await lockPage(trx, pageId);
    const movedId = await moveOrCopy(trx, { id, from, to });
    await adjustBlockCount(trx, from, -1);
    await adjustBlockCount(trx, to, 1);
    for (const pageId of [from, to]) {
      await updatePageVersion(trx, pageId);
      await recordPageChange(trx, pageId, ['blocks']);
      await invalidateCachedPages(trx, { pageId });
    }
    return movedId;
  });
  return getBlock(ctx, { id: newId });
}
