import { encodeCursor, type Page as ListPage, type Trx, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, UserCtx } from '../../../core/context.ts';
import { AppError, validationFailed } from '../../../core/errors.ts';
import { newId } from '../../../core/ids.ts';
import { cursorToId } from '../../../core/pagination.ts';
import { requireVersion, showVersion } from '../../../core/versions.ts';
import { forgetShown } from '../handles/service.ts';
import { countBlocks, holdPage, requirePage } from '../service.ts';
import { mergeBlock, newBlock } from './content.ts';
import * as queries from './queries.ts';
import { orderAfterMove, rankBehind, rankOfMove, ranksBehind } from './ranks.ts';
import type {
  Block,
  BlockContent,
  createInput,
  listInput,
  moveInput,
  orderInput,
  updateInput,
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
export const toContent = (block: queries.BlockContent): BlockContent =>
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

/** As `readBlocks`, of what is not in the trash, without ids. */
export const readContent = async (ctx: { db: AppCtx['db'] }, pageId: string): Promise<BlockContent[]> =>
  (await queries.listBlocks(ctx.db, { pageId, deleted: false })).map((row) =>
    toContent({ ...row, layout: row.layout as queries.BlockContent['layout'] }),
  );

/** All blocks of a page in their order, or those in the trash; whose it is, the caller has checked. */
export const readBlocks = async (
  ctx: { db: AppCtx['db'] },
  pageId: string,
  deleted = false,
): Promise<Block[]> => (await queries.listBlocks(ctx.db, { pageId, deleted })).map(toOutput);

/** The blocks of one of the user's pages, all unless a `limit` is given. Throws `NOT_FOUND`. */
export async function list(ctx: UserCtx, input: z.infer<typeof listInput>): Promise<ListPage<Block>> {
  const after = cursorToId(input.cursor);
  await requirePage(ctx, input.id);
  const blocks = await readBlocks(ctx, input.id, input.deleted);
  const start = blocks.findIndex(({ id }) => id === after) + 1;
  const items = blocks.slice(start, start + input.limit);
  const last = items.at(-1);
  const hasMore = start + items.length < blocks.length;
  return { items, nextCursor: hasMore && last ? encodeCursor(last.id) : null };
}

/** One of the user's blocks. Throws `NOT_FOUND`. */
export async function get(ctx: UserCtx, { id }: { id: string }): Promise<Block> {
  const row = await queries.findBlock(ctx.db, id, ctx.principal.userId);
  if (!row) throw noSuchBlock();
  return showVersion(ctx, toOutput(row));
}

type Work<T> = (ctx: AppCtx & { db: Trx }) => Promise<T>;

/** Changes blocks of one of the user's pages: one at a time, and seen by everyone once it is committed. */
const changing = <T>(ctx: UserCtx, pageId: string, work: Work<T>): Promise<T> =>
  withTransaction(ctx, async (trx) => {
    await holdPage(trx, pageId, ctx.principal.userId);
    const result = await work(trx);
    await forgetShown(trx, { pageId });
    return result;
  });

/** The page of one of the user's blocks, which no block ever leaves. Throws `NOT_FOUND`. */
async function pageOf(ctx: UserCtx, id: string): Promise<string> {
  const pageId = await queries.findPageOf(ctx.db, id, ctx.principal.userId);
  if (pageId === undefined) throw noSuchBlock();
  return pageId;
}

/** Puts a block at the end of a page. Throws `NOT_FOUND`, `VALIDATION_FAILED`, and `LIMIT_REACHED` beyond 200. */
export async function create(ctx: UserCtx, input: z.infer<typeof createInput>): Promise<Block> {
  const { id: pageId, type, ...members } = input;
  const content = newBlock(type, members);
  const id = newId();
  await changing(ctx, pageId, async (trx) => {
    await countBlocks(trx, pageId, 1);
    const rank = rankBehind(await queries.findLastRank(trx.db, pageId));
    await queries.insertBlocks(trx.db, [{ ...content, id, pageId, rank }]);
  });
  return get(ctx, { id });
}

/**
 * Changes the members that are given. Throws `NOT_FOUND`, `PRECONDITION_FAILED` where the block is not the version
 * that was meant, and `VALIDATION_FAILED`.
 */
export async function update(ctx: UserCtx, input: z.infer<typeof updateInput>): Promise<Block> {
  const { id, version, ...members } = input;
  await changing(ctx, await pageOf(ctx, id), async (trx) => {
    const before = await queries.findBlock(trx.db, id, ctx.principal.userId);
    if (!before) throw noSuchBlock();
    requireVersion(ctx, before.version, version);
    await queries.updateBlock(trx.db, id, mergeBlock(before, members));
  });
  return get(ctx, { id });
}

/** Moves a block into the trash. Throws `NOT_FOUND`, and `PRECONDITION_FAILED` as `update`. */
export async function remove(ctx: UserCtx, { id }: { id: string }): Promise<void> {
  const pageId = await pageOf(ctx, id);
  await changing(ctx, pageId, async (trx) => {
    const before = await queries.findBlock(trx.db, id, ctx.principal.userId);
    if (!before) throw noSuchBlock();
    requireVersion(ctx, before.version, undefined);
    await queries.trashBlock(trx.db, id);
    await queries.trimTrash(trx.db, pageId);
    await countBlocks(trx, pageId, -1);
  });
}

/** Takes a block out of the trash, to the end of its page, within 30 days. Throws `NOT_FOUND` and `LIMIT_REACHED`. */
export async function restore(ctx: UserCtx, { id }: { id: string }): Promise<Block> {
  const pageId = await pageOf(ctx, id);
  await changing(ctx, pageId, async (trx) => {
    const rank = rankBehind(await queries.findLastRank(trx.db, pageId));
    if (!(await queries.restoreBlock(trx.db, id, rank))) throw noSuchBlock();
    await countBlocks(trx, pageId, 1);
  });
  return get(ctx, { id });
}

/** Puts a block behind another of its page, or first. Throws `NOT_FOUND`, and `VALIDATION_FAILED` for a foreign one. */
export async function move(ctx: UserCtx, input: z.infer<typeof moveInput>): Promise<Block> {
  const { id, after } = input;
  const pageId = await pageOf(ctx, id);
  await changing(ctx, pageId, async (trx) => {
    const ranked = await queries.listRanks(trx.db, pageId);
    if (!ranked.some((block) => block.id === id)) throw noSuchBlock();
    if (after === id) return;
    const rank = rankOfMove(ranked, id, after);
    if (rank === undefined) {
      throw validationFailed({
        path: 'after',
        message: 'Must be a block of the page',
        code: 'unknown_block',
      });
    }
    if (rank === null) await setOrder(trx, ranked, orderAfterMove(ranked, id, after));
    else await queries.setRank(trx.db, id, rank);
  });
  return get(ctx, { id });
}

/** Ranks all blocks anew, behind the ranks in use, which stay unique meanwhile. */
const setOrder = (ctx: { db: Trx }, ranked: { rank: string }[], ids: string[]): Promise<void> =>
  queries.setRanks(ctx.db, ids, ranksBehind(ranked.at(-1)?.rank ?? null, ids.length));

/** Puts all blocks of a page in the order given. Throws `NOT_FOUND`, and `VALIDATION_FAILED` unless each is named once. */
export async function order(ctx: UserCtx, input: z.infer<typeof orderInput>): Promise<ListPage<Block>> {
  const { id: pageId, ids } = input;
  await changing(ctx, pageId, async (trx) => {
    const ranked = await queries.listRanks(trx.db, pageId);
    const isWhole = new Set(ids).size === ids.length && ids.length === ranked.length;
    if (!isWhole || !ranked.every(({ id }) => ids.includes(id))) {
      throw validationFailed({
        path: 'ids',
        message: 'Must name every block of the page, each once',
        code: 'incomplete_order',
      });
    }
    if (ids.length > 0) await setOrder(trx, ranked, ids);
  });
  return { items: await readBlocks(ctx, pageId), nextCursor: null };
}

/** Replaces all blocks of a page; those before go into the trash. The caller holds the page. */
export async function replaceAll(
  ctx: { db: Trx },
  pageId: string,
  blocks: queries.BlockContent[],
): Promise<void> {
  await countBlocks(ctx, pageId, -(await queries.trashBlocks(ctx.db, pageId)));
  await queries.trimTrash(ctx.db, pageId);
  await countBlocks(ctx, pageId, blocks.length);
  const ranks = ranksBehind(null, blocks.length);
  await queries.insertBlocks(
    ctx.db,
    blocks.map((block, index) => ({ ...block, id: newId(), pageId, rank: ranks[index] as string })),
  );
}

/** Upkeep: deletes for good what has been in the trash for 30 days. */
export const deleteSpent = (ctx: AppCtx): Promise<void> => queries.deleteSpent(ctx.db);
