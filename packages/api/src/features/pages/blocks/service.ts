import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, AppTrxCtx, DbCtx, MemberCtx, TrxCtx } from '../../../core/context.ts';
import { AppError, createValidationError } from '../../../core/errors.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { paginate } from '../../../core/http/pagination.ts';
import { requireVersion, setVersionEtag } from '../../../core/http/etags.ts';
import { recordPageChange } from '../events/service.ts';
import { invalidateCachedPages } from '../handles/service.ts';
import { requireAllowedHosts } from '../../blocked-hosts/service.ts';
import { requireRole, roleSubquery } from '../../workspaces/service.ts';
import { adjustBlockCount, updatePageVersion, lockPage, requirePage } from '../service.ts';
import { holdFiles } from '../../files/uses/service.ts';
import { mergeBlockContent, createBlockContent, listBlockFiles } from './content.ts';
import * as queries from './queries.ts';
import {
  listIdsAfterMove,
  generateRankAfter,
  findRankForMove,
  findRankForRestoring,
  generateRanksAfter,
} from './ranks.ts';
import { requireOwnerCode } from './referral-codes/service.ts';
import type {
  Block,
  BlockContent,
  createBlockInput,
  listBlocksInput,
  moveBlockInput,
  orderBlocksInput,
  updateBlockInput,
} from './schema.ts';

export const createBlockNotFoundError = () => new AppError('NOT_FOUND', 'Block not found');

async function requireBlockRow(ctx: MemberCtx, id: string): Promise<queries.BlockRow> {
  const row = await queries.findBlockRow(ctx.db, id, roleSubquery(ctx.principal, 'p.workspace_id'));
  requireRole(ctx, row?.role, { createNotFoundError: createBlockNotFoundError });
  const { role: _, ...block } = row;
  return block;
}

const toOutput = ({
  startsAt,
  endsAt,
  createdAt,
  updatedAt,
  deletedAt,
  ...row
}: queries.BlockRow): Block => ({
  ...row,
  startsAt: startsAt?.toISOString() ?? null,
  endsAt: endsAt?.toISOString() ?? null,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
  deletedAt: deletedAt?.toISOString() ?? null,
});

export const toBlockContent = ({ startsAt, endsAt, ...row }: queries.FileBlockRow): BlockContent => ({
  ...row,
  startsAt: startsAt?.toISOString() ?? null,
  endsAt: endsAt?.toISOString() ?? null,
});

/** The caller has checked who owns the page. */
export const listBlockContents = async (ctx: DbCtx, pageId: string): Promise<BlockContent[]> =>
  (await queries.listBlockContentRows(ctx.db, pageId)).map(toBlockContent);

/** The caller has checked who owns the page. */
export const listAllBlocks = async (ctx: DbCtx, pageId: string, deleted = false): Promise<Block[]> =>
  (await queries.listBlockRows(ctx.db, { pageId, deleted })).map(toOutput);

export async function listBlocks(
  ctx: MemberCtx,
  input: z.infer<typeof listBlocksInput>,
): Promise<Paginated<Block>> {
  const fetchRows = async (after: string | null, limit: number) => {
    await requirePage(ctx, input.id);
    const rows = await queries.listBlockRows(ctx.db, { pageId: input.id, deleted: input.deleted });
    const start = rows.findIndex(({ id }) => id === after) + 1;
    return rows.slice(start, start + limit);
  };
  return paginate(input, fetchRows, toOutput);
}

export async function getBlock(ctx: MemberCtx, { id }: { id: string }): Promise<Block> {
  return setVersionEtag(ctx, toOutput(await requireBlockRow(ctx, id)));
}

/** `editedPageId`: the change is a part of a larger one of this page, which does what it needs once. */
type ChangeCtx = MemberCtx & { editedPageId?: string };

/** Throws `VALIDATION_FAILED` unless the workspace has the files of the block. */
async function requireBlockFiles(
  ctx: TrxCtx,
  { workspaceId }: { workspaceId: string },
  block: queries.BlockContentRow,
): Promise<void> {
  const errors = await holdFiles(ctx, workspaceId, listBlockFiles(block));
  if (errors.length > 0) throw createValidationError(...errors);
}

/** Holds the page's lock and invalidates the cached page. Throws `NOT_FOUND`. */
export const changeBlocks = (
  ctx: ChangeCtx,
  pageId: string,
  change: (trx: AppTrxCtx & MemberCtx, page: { version: number; workspaceId: string }) => Promise<void>,
): Promise<void> =>
  withTransaction(ctx, async (trx) => {
    if (ctx.editedPageId !== undefined && ctx.editedPageId !== pageId) throw createBlockNotFoundError();
    const page = await lockPage(trx, pageId);
    await change(trx, page);
    if (ctx.editedPageId !== undefined) return;
    await updatePageVersion(trx, pageId);
    await recordPageChange(trx, pageId, ['blocks']);
    await invalidateCachedPages(trx, { pageId });
  });

/** Throws `VALIDATION_FAILED` unless `parentId` is a group of the same page, or null. */
function requireGroup(
  blocks: { id: string; type: string }[],
  id: string,
  parentId: string | null,
  path = 'parentId',
): void {
  const typeOf = (given: string | null) => blocks.find((block) => block.id === given)?.type;
  const isWithoutGroup = typeOf(id) !== 'group';
  const isAllowed = parentId === null || (typeOf(parentId) === 'group' && isWithoutGroup);
  if (isAllowed && typeOf(id) !== undefined) return;
  const message = isWithoutGroup ? 'Choose a group of the same page' : "A group can't be in a group";
  throw createValidationError({ path, message, code: 'unknown_group' });
}

/** Without a lock: the block may move to another page at the same time. */
export async function getPageIdOfBlock(ctx: MemberCtx, id: string): Promise<string> {
  const row = await queries.findPageOfBlock(ctx.db, id, roleSubquery(ctx.principal, 'p.workspace_id'));
  requireRole(ctx, row?.role, { createNotFoundError: createBlockNotFoundError });
  return row.pageId;
}

/** Only the lock of the block's own page protects it. */
function requirePlace(block: queries.BlockRow, pageId: string): void {
  if (block.pageId !== pageId)
    throw new AppError('CONFLICT', 'The block was moved to another page. Try again.');
}

/** Throws `NOT_FOUND`, `VALIDATION_FAILED`, `HOST_BLOCKED` and `LIMIT_REACHED`. */
export async function createBlock(ctx: MemberCtx, input: z.infer<typeof createBlockInput>): Promise<Block> {
  const { id: pageId, type, parentId = null, ...members } = input;
  const content = createBlockContent(type, members);
  const id = generateId();
  await changeBlocks(ctx, pageId, async (trx, page) => {
    await requireBlockFiles(trx, page, content);
    await requireOwnerCode(trx, page, content);
    await requireAllowedHosts(trx, content);
    await adjustBlockCount(trx, pageId, 1);
    const ranked = await queries.listBlockRanks(trx.db, pageId);
    requireGroup([...ranked, { id, type }], id, parentId);
    const rank = generateRankAfter(ranked.at(-1)?.rank ?? null);
    await queries.insertBlocks(trx.db, [{ ...content, id, pageId, parentId, rank }]);
  });
  return getBlock(ctx, { id });
}

/** Throws `NOT_FOUND`, `VALIDATION_FAILED`, and `PRECONDITION_FAILED` for another version than expected. */
export async function updateBlock(ctx: MemberCtx, input: z.infer<typeof updateBlockInput>): Promise<Block> {
  const { id, version, parentId, ...members } = input;
  const pageId = await getPageIdOfBlock(ctx, id);
  await changeBlocks(ctx, pageId, async (trx, page) => {
    const before = await requireBlockRow(trx, id);
    requirePlace(before, pageId);
    requireVersion(ctx, before.version, version);
    if (parentId !== undefined) {
      requireGroup(await queries.listBlockRanks(trx.db, pageId), id, parentId);
      await queries.updateBlockParents(trx.db, [[id, parentId]]);
    }
    const content = mergeBlockContent(before, members);
    await requireBlockFiles(trx, page, content);
    await requireOwnerCode(trx, page, content, before);
    await requireAllowedHosts(trx, content);
    await queries.updateBlockRow(trx.db, id, content);
  });
  return getBlock(ctx, { id });
}

type Titled = Partial<Pick<queries.BlockRow, 'title' | 'thumbnailUrl' | 'thumbnailFileId' | 'titleTest'>>;
/** Throws `NOT_FOUND` and `PRECONDITION_FAILED`. */
export async function replaceBlock(
  ctx: MemberCtx,
  id: string,
  change: (block: queries.BlockRow) => Titled,
): Promise<Block> {
  const pageId = await getPageIdOfBlock(ctx, id);
  await changeBlocks(ctx, pageId, async (trx) => {
    const before = await requireBlockRow(trx, id);
    requirePlace(before, pageId);
    requireVersion(ctx, before.version, undefined);
    await queries.updateBlockRow(trx.db, id, { ...before, ...change(before) });
  });
  return getBlock(ctx, { id });
}

export async function trashBlock(ctx: MemberCtx, { id }: { id: string }): Promise<void> {
  const pageId = await getPageIdOfBlock(ctx, id);
  await changeBlocks(ctx, pageId, async (trx) => {
    const before = await requireBlockRow(trx, id);
    requirePlace(before, pageId);
    requireVersion(ctx, before.version, undefined);
    await queries.clearBlockGroup(trx.db, id);
    await queries.markBlockTrashed(trx.db, id);
    await queries.deleteExcessTrashedBlocks(trx.db, pageId);
    await adjustBlockCount(trx, pageId, -1);
  });
}

/** At its earlier place, if its group still exists also there. Throws `NOT_FOUND` and `LIMIT_REACHED`. */
export async function restoreBlock(ctx: MemberCtx, { id }: { id: string }): Promise<Block> {
  const pageId = await getPageIdOfBlock(ctx, id);
  await changeBlocks(ctx, pageId, async (trx) => {
    const place = await queries.findTrashedBlockPlace(trx.db, id);
    if (!place) throw createBlockNotFoundError();
    const ranked = await queries.listBlockRanks(trx.db, pageId);
    const rank = findRankForRestoring(ranked, place.rank);
    const hasGroup = ranked.some((block) => block.id === place.parentId && block.type === 'group');
    await queries.unmarkBlockTrashed(trx.db, id, { rank, parentId: hasGroup ? place.parentId : null });
    await adjustBlockCount(trx, pageId, 1);
    await requireAllowedHosts(trx, await requireBlockRow(trx, id));
  });
  return getBlock(ctx, { id });
}

export async function moveBlock(ctx: MemberCtx, input: z.infer<typeof moveBlockInput>): Promise<Block> {
  const { id, after, parentId } = input;
  const pageId = await getPageIdOfBlock(ctx, id);
  await changeBlocks(ctx, pageId, async (trx) => {
    const ranked = await queries.listBlockRanks(trx.db, pageId);
    if (!ranked.some((block) => block.id === id)) throw createBlockNotFoundError();
    if (parentId !== undefined) {
      requireGroup(ranked, id, parentId);
      await queries.updateBlockParents(trx.db, [[id, parentId]]);
    }
    if (after === id) return;
    const rank = findRankForMove(ranked, id, after);
    if (rank === undefined) {
      throw createValidationError({
        path: 'after',
        message: 'Choose a block of the same page',
        code: 'unknown_block',
      });
    }
    if (rank === null) await setOrder(trx, ranked, listIdsAfterMove(ranked, id, after));
    else await queries.updateBlockRank(trx.db, id, rank);
  });
  return getBlock(ctx, { id });
}

/** New ranks start after the ranks in use, so ranks stay unique in the meantime. */
const setOrder = (ctx: TrxCtx, ranked: { rank: string }[], ids: string[]): Promise<void> =>
  queries.updateBlockRanks(ctx.db, ids, generateRanksAfter(ranked.at(-1)?.rank ?? null, ids.length));

/** Throws `NOT_FOUND`, and `VALIDATION_FAILED` unless every block is listed once. */
export async function orderBlocks(
  ctx: MemberCtx,
  input: z.infer<typeof orderBlocksInput>,
): Promise<Paginated<Block>> {
  const { id: pageId, ids, parents = {}, version } = input;
  await changeBlocks(ctx, pageId, async (trx, page) => {
    requireVersion(ctx, page.version, version);
    const ranked = await queries.listBlockRanks(trx.db, pageId);
    const given = new Set(ids);
    const hasEach = given.size === ranked.length && ranked.every((block) => given.has(block.id));
    if (!hasEach || ids.length !== given.size) {
      throw createValidationError({
        path: 'ids',
        message: 'List every block exactly once',
        code: 'incomplete_order',
      });
    }
    const moved = Object.entries(parents);
    for (const [id, parentId] of moved) requireGroup(ranked, id, parentId, `parents.${id}`);
    await queries.updateBlockParents(trx.db, moved);
    if (ids.length > 0) await setOrder(trx, ranked, ids);
  });
  setVersionEtag(ctx, await requirePage(ctx, pageId));
  return { items: await listAllBlocks(ctx, pageId), nextCursor: null };
}

export const deleteTrashedBlocks = (ctx: AppCtx): Promise<void> => queries.deleteExpiredBlockRows(ctx.db);
