import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, AppTrxCtx, DbCtx, TrxCtx, UserCtx } from '../../../core/context.ts';
import { AppError, createValidationError } from '../../../core/errors.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { paginate } from '../../../core/http/pagination.ts';
import { requireVersion, setVersionEtag } from '../../../core/http/etags.ts';
import { forgetCachedPages } from '../handles/service.ts';
import { adjustBlockCount, lockPage, requirePage } from '../service.ts';
import { mergeBlockContent, createBlockContent } from './content.ts';
import * as queries from './queries.ts';
import { listIdsAfterMove, generateRankAfter, findRankForMove, generateRanksAfter } from './ranks.ts';
import type {
  Block,
  BlockContent,
  createBlockInput,
  listBlocksInput,
  moveBlockInput,
  orderBlocksInput,
  updateBlockInput,
} from './schema.ts';

const noSuchBlock = () => new AppError('NOT_FOUND', 'There is no such block');

const toOutput = ({ startsAt, endsAt, createdAt, updatedAt, deletedAt, ...row }: queries.BlockRow): Block =>
  // The table holds only what was checked: data of the type that stands beside it.
  ({
    ...row,
    startsAt: startsAt?.toISOString() ?? null,
    endsAt: endsAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    deletedAt: deletedAt?.toISOString() ?? null,
  }) as Block;

/** What a block says and how it is shown, without what makes it this one. */
export const toBlockContent = (block: queries.BlockContentRow): BlockContent =>
  ({
    type: block.type,
    title: block.title,
    url: block.url,
    data: block.data,
    enabled: block.enabled,
    startsAt: block.startsAt?.toISOString() ?? null,
    endsAt: block.endsAt?.toISOString() ?? null,
    pinned: block.pinned,
    gate: block.gate,
    thumbnailUrl: block.thumbnailUrl,
    layout: block.layout,
  }) as BlockContent;

/** As `listAllBlocks`, of what is not in the trash, without ids. */
export const listBlockContents = async (ctx: DbCtx, pageId: string): Promise<BlockContent[]> =>
  (await queries.listBlockRows(ctx.db, { pageId, deleted: false })).map((row) =>
    toBlockContent({ ...row, layout: row.layout as queries.BlockContentRow['layout'] }),
  );

/** All blocks of a page in their order, or those in the trash; whose it is, the caller has checked. */
export const listAllBlocks = async (ctx: DbCtx, pageId: string, deleted = false): Promise<Block[]> =>
  (await queries.listBlockRows(ctx.db, { pageId, deleted })).map(toOutput);

/** The blocks of one of the user's pages, all unless a `limit` is given. Throws `NOT_FOUND`. */
export async function listBlocks(
  ctx: UserCtx,
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

/** One of the user's blocks. Throws `NOT_FOUND`. */
export async function getBlock(ctx: UserCtx, { id }: { id: string }): Promise<Block> {
  const row = await queries.findBlockRow(ctx.db, id, ctx.principal.userId);
  if (!row) throw noSuchBlock();
  return setVersionEtag(ctx, toOutput(row));
}

type Work<T> = (ctx: AppTrxCtx) => Promise<T>;

/** Changes blocks of one of the user's pages: one at a time, and seen by everyone once it is committed. */
const changing = <T>(ctx: UserCtx, pageId: string, work: Work<T>): Promise<T> =>
  withTransaction(ctx, async (trx) => {
    await lockPage(trx, pageId, ctx.principal.userId);
    const result = await work(trx);
    await forgetCachedPages(trx, { pageId });
    return result;
  });

/** The page of one of the user's blocks, which no block ever leaves. Throws `NOT_FOUND`. */
async function pageOf(ctx: UserCtx, id: string): Promise<string> {
  const pageId = await queries.findPageOfBlock(ctx.db, id, ctx.principal.userId);
  if (pageId === undefined) throw noSuchBlock();
  return pageId;
}

/** Puts a block at the end of a page. Throws `NOT_FOUND`, `VALIDATION_FAILED`, and `LIMIT_REACHED` beyond 200. */
export async function createBlock(ctx: UserCtx, input: z.infer<typeof createBlockInput>): Promise<Block> {
  const { id: pageId, type, ...members } = input;
  const content = createBlockContent(type, members);
  const id = generateId();
  await changing(ctx, pageId, async (trx) => {
    await adjustBlockCount(trx, pageId, 1);
    const rank = generateRankAfter(await queries.findLastBlockRank(trx.db, pageId));
    await queries.insertBlocks(trx.db, [{ ...content, id, pageId, rank }]);
  });
  return getBlock(ctx, { id });
}

/**
 * Changes the members that are given. Throws `NOT_FOUND`, `PRECONDITION_FAILED` where the block is not the version
 * that was meant, and `VALIDATION_FAILED`.
 */
export async function updateBlock(ctx: UserCtx, input: z.infer<typeof updateBlockInput>): Promise<Block> {
  const { id, version, ...members } = input;
  await changing(ctx, await pageOf(ctx, id), async (trx) => {
    const before = await queries.findBlockRow(trx.db, id, ctx.principal.userId);
    if (!before) throw noSuchBlock();
    requireVersion(ctx, before.version, version);
    await queries.updateBlockRow(trx.db, id, mergeBlockContent(before, members));
  });
  return getBlock(ctx, { id });
}

/** Moves a block into the trash. Throws `NOT_FOUND`, and `PRECONDITION_FAILED` as `update`. */
export async function trashBlock(ctx: UserCtx, { id }: { id: string }): Promise<void> {
  const pageId = await pageOf(ctx, id);
  await changing(ctx, pageId, async (trx) => {
    const before = await queries.findBlockRow(trx.db, id, ctx.principal.userId);
    if (!before) throw noSuchBlock();
    requireVersion(ctx, before.version, undefined);
    await queries.markBlockTrashed(trx.db, id);
    await queries.deleteExcessTrashedBlocks(trx.db, pageId);
    await adjustBlockCount(trx, pageId, -1);
  });
}

/** Takes a block out of the trash, to the end of its page, within 30 days. Throws `NOT_FOUND` and `LIMIT_REACHED`. */
export async function restoreBlock(ctx: UserCtx, { id }: { id: string }): Promise<Block> {
  const pageId = await pageOf(ctx, id);
  await changing(ctx, pageId, async (trx) => {
    const rank = generateRankAfter(await queries.findLastBlockRank(trx.db, pageId));
    if (!(await queries.unmarkBlockTrashed(trx.db, id, rank))) throw noSuchBlock();
    await adjustBlockCount(trx, pageId, 1);
  });
  return getBlock(ctx, { id });
}

/** Puts a block behind another of its page, or first. Throws `NOT_FOUND`, and `VALIDATION_FAILED` for a foreign one. */
export async function moveBlock(ctx: UserCtx, input: z.infer<typeof moveBlockInput>): Promise<Block> {
  const { id, after } = input;
  const pageId = await pageOf(ctx, id);
  await changing(ctx, pageId, async (trx) => {
    const ranked = await queries.listBlockRanks(trx.db, pageId);
    if (!ranked.some((block) => block.id === id)) throw noSuchBlock();
    if (after === id) return;
    const rank = findRankForMove(ranked, id, after);
    if (rank === undefined) {
      throw createValidationError({
        path: 'after',
        message: 'Must be a block of the page',
        code: 'unknown_block',
      });
    }
    if (rank === null) await setOrder(trx, ranked, listIdsAfterMove(ranked, id, after));
    else await queries.updateBlockRank(trx.db, id, rank);
  });
  return getBlock(ctx, { id });
}

/** Ranks all blocks anew, behind the ranks in use, which stay unique meanwhile. */
const setOrder = (ctx: TrxCtx, ranked: { rank: string }[], ids: string[]): Promise<void> =>
  queries.updateBlockRanks(ctx.db, ids, generateRanksAfter(ranked.at(-1)?.rank ?? null, ids.length));

/** Puts all blocks of a page in the order given. Throws `NOT_FOUND`, and `VALIDATION_FAILED` unless each is named once. */
export async function orderBlocks(
  ctx: UserCtx,
  input: z.infer<typeof orderBlocksInput>,
): Promise<Paginated<Block>> {
  const { id: pageId, ids } = input;
  await changing(ctx, pageId, async (trx) => {
    const ranked = await queries.listBlockRanks(trx.db, pageId);
    const isWhole = new Set(ids).size === ids.length && ids.length === ranked.length;
    if (!isWhole || !ranked.every(({ id }) => ids.includes(id))) {
      throw createValidationError({
        path: 'ids',
        message: 'Must name every block of the page, each once',
        code: 'incomplete_order',
      });
    }
    if (ids.length > 0) await setOrder(trx, ranked, ids);
  });
  return { items: await listAllBlocks(ctx, pageId), nextCursor: null };
}

/** Replaces all blocks of a page; those before go into the trash. The caller holds the page. */
export async function replaceBlocks(
  ctx: TrxCtx,
  pageId: string,
  blocks: queries.BlockContentRow[],
): Promise<void> {
  await adjustBlockCount(ctx, pageId, -(await queries.markBlocksTrashed(ctx.db, pageId)));
  await queries.deleteExcessTrashedBlocks(ctx.db, pageId);
  await adjustBlockCount(ctx, pageId, blocks.length);
  const ranks = generateRanksAfter(null, blocks.length);
  await queries.insertBlocks(
    ctx.db,
    blocks.map((block, index) => ({ ...block, id: generateId(), pageId, rank: ranks[index] as string })),
  );
}

/** Upkeep: deletes for good what has been in the trash for 30 days. */
export const deleteTrashedBlocks = (ctx: AppCtx): Promise<void> => queries.deleteExpiredBlockRows(ctx.db);
