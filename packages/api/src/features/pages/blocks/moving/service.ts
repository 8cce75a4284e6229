import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppTrxCtx, MemberCtx } from '../../../../core/context.ts';
import { generateId } from '../../../../core/crypto/ids.ts';
import { AppError, createValidationError } from '../../../../core/errors.ts';
import { recordPageChange } from '../../events/service.ts';
import { invalidateCachedPages } from '../../handles/service.ts';
import {
  adjustBlockCount,
  lockPage,
  lockPageAndWorkspace,
  requirePage,
  updatePageVersion,
} from '../../service.ts';
import { writeBlocks } from '../../snapshots/queries.ts';
import { copySnapshotFiles, readSnapshot } from '../../snapshots/service.ts';
import { requireNotTakenDown } from '../../takedowns/service.ts';
import { clearBlockGroup, listBlockRanks, markBlockTrashed } from '../queries.ts';
import { dropForeignCodes } from '../referral-codes/service.ts';
import { generateRankAfter } from '../ranks.ts';
import type { Block } from '../schema.ts';
import { createBlockNotFoundError, getBlock, getPageIdOfBlock } from '../service.ts';
import * as queries from './queries.ts';
import type { transferBlockInput } from './schema.ts';

type Place = { id: string; workspaceId: string };

/** Workspaces before pages, as everywhere. Throws like `requireRole`, and `CONFLICT` if a page just moved elsewhere. */
async function lockPlaces(trx: AppTrxCtx & MemberCtx, fromId: string, toId: string): Promise<[Place, Place]> {
  const { workspaceId } = await requirePage(trx, toId);
  const from = await lockPageAndWorkspace(trx, fromId, [workspaceId]);
  requireNotTakenDown(from);
  const to = await lockPage(trx, toId);
  if (to.workspaceId !== workspaceId)
    throw new AppError('CONFLICT', 'The page was moved to another workspace. Try again.');
  return [
    { id: fromId, workspaceId: from.workspaceId },
    { id: toId, workspaceId },
  ];
}

/** A block that visitors still see at its old page stays there under its ID until the next publication. */
async function moveOrCopy(trx: AppTrxCtx, id: string, from: Place, to: Place): Promise<string> {
  const { blocks } = await readSnapshot(trx.db, from.id);
  const found = blocks.filter((one) => one.id === id);
  if (found.length === 0) throw createBlockNotFoundError();
  const workspaces = { from: from.workspaceId, to: to.workspaceId };
  const moved = await copySnapshotFiles(trx, { page: {}, blocks: found }, workspaces);
  await clearBlockGroup(trx.db, id);
  const rank = generateRankAfter((await listBlockRanks(trx.db, to.id)).at(-1)?.rank ?? null);
  const isLive = await queries.isBlockLive(trx.db, id);
  const newId = isLive ? generateId() : id;
  if (isLive) await markBlockTrashed(trx.db, id);
  else await queries.updateBlockPage(trx.db, id, to.id, rank);
  const rows = moved.blocks.map((block) => ({ ...block, id: newId, parent_id: null, rank }));
  await writeBlocks(trx.db, to.id, rows);
  await dropForeignCodes(trx, to.id);
  return newId;
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
    const places = await lockPlaces(trx, from, to);
    const movedId = await moveOrCopy(trx, id, ...places);
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
