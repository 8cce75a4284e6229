import { isUniqueViolation, type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, DbCtx, TrxCtx, UserCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { AppError } from '../../../core/errors.ts';
import { type PageRequest, paginate } from '../../../core/http/pagination.ts';
import { pickDefined } from '../../../core/objects.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import * as queries from './queries.ts';
import type {
  addCodesInput,
  addCodesOutput,
  CatalogueItem,
  createItemInput,
  RewardItem,
  updateItemInput,
} from './schema.ts';

export type { OfferedItem } from './queries.ts';

/** `credits` that the user can spend. */
export function findObstacle(item: queries.OfferedItem, credits: number): CatalogueItem['obstacle'] {
  if (item.isSoldOut) return 'sold_out';
  if (item.maxPerUser !== null && item.redeemed >= item.maxPerUser) return 'used_up';
  if (item.successes < item.minReferrals) return 'referrals';
  return credits < item.cost ? 'credits' : null;
}

/** Cheapest first within each tier. */
export async function listCatalogue(
  ctx: DbCtx,
  { userId, credits }: { userId: string; credits: number },
): Promise<CatalogueItem[]> {
  const offered = await queries.listOfferedItems(ctx.db, userId, null);
  return offered.map((row) => {
    const { item, kind, name, description, cost, minReferrals, maxPerUser } = row;
    const obstacle = findObstacle(row, credits);
    return { item, kind, name, description, cost, minReferrals, maxPerUser, obstacle };
  });
}

export async function findOfferedItem(
  ctx: TrxCtx,
  userId: string,
  item: string,
): Promise<queries.OfferedItem | undefined> {
  const [found] = await queries.listOfferedItems(ctx.db, userId, item);
  return found;
}

const toItem = ({ createdAt, ...row }: queries.ItemDetails): RewardItem => ({
  ...row,
  createdAt: createdAt.toISOString(),
});

const createItemNotFoundError = () => new AppError('NOT_FOUND', 'Item not found');

async function getItem(ctx: DbCtx, id: string): Promise<RewardItem> {
  const row = await queries.findItemRow(ctx.db, id);
  if (!row) throw createItemNotFoundError();
  return toItem(row);
}

export const listRewardItems = (ctx: AppCtx, input: PageRequest): Promise<Paginated<RewardItem>> =>
  paginate(input, (before, limit) => queries.listItemRows(ctx.db, { before, limit }), toItem);

const recordItemEvent = (ctx: UserCtx & TrxCtx, itemId: string, details: Record<string, unknown>) =>
  recordSecurityEvent(ctx, 'reward_item_changed', {
    userId: ctx.principal.userId,
    details: { itemId, ...details },
  });

/** Throws `CONFLICT` for a name that is taken. */
export async function createRewardItem(
  ctx: UserCtx,
  input: z.infer<typeof createItemInput>,
): Promise<RewardItem> {
  const id = generateId();
  try {
    return await withTransaction(ctx, async (trx) => {
      await queries.insertItem(trx.db, { ...input, id });
      await recordItemEvent(trx, id, input);
      return getItem(trx, id);
    });
  } catch (error) {
    if (!isUniqueViolation(error, 'reward_items_item_key')) throw error;
    throw new AppError('CONFLICT', `There is an item ${input.item} already`);
  }
}

export async function updateRewardItem(
  ctx: UserCtx,
  { id, minReferrals, maxPerUser, ...rest }: z.infer<typeof updateItemInput>,
): Promise<RewardItem> {
  const change = pickDefined({ ...rest, min_referrals: minReferrals, max_per_user: maxPerUser });
  return withTransaction(ctx, async (trx) => {
    if (!(await queries.updateItemRow(trx.db, id, change))) throw createItemNotFoundError();
    await recordItemEvent(trx, id, change);
    return getItem(trx, id);
  });
}

/** Throws `CONFLICT` for an item without codes. */
export async function addRewardCodes(
  ctx: UserCtx,
  { id, codes }: z.infer<typeof addCodesInput>,
): Promise<z.infer<typeof addCodesOutput>> {
  return withTransaction(ctx, async (trx) => {
    const { kind } = await getItem(trx, id);
    if (kind !== 'code') throw new AppError('CONFLICT', 'Only items of the kind `code` have codes');
    const added = await queries.insertItemCodes(trx.db, id, codes);
    await recordItemEvent(trx, id, { added });
    return { added, left: (await getItem(trx, id)).codesLeft ?? 0 };
  });
}
