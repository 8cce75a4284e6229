import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, AppTrxCtx, TrxCtx, UserCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { AppError } from '../../../core/errors.ts';
import { type PageRequest, paginate } from '../../../core/http/pagination.ts';
import { enqueueBulkMail } from '../../mail/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { resolveUserId } from '../../users/service.ts';
import type { OfferedItem } from '../items/service.ts';
import { lockCreditAccounts } from '../queries.ts';
import * as queries from './queries.ts';
import type {
  AdminRedemption,
  cancelRedemptionInput,
  fulfilRedemptionInput,
  listRedemptionsInput,
  OwnRedemption,
  RedemptionState,
} from './schema.ts';

export const createSoldOutError = (): AppError =>
  new AppError('LIMIT_REACHED', 'This item is sold out at the moment');

/** Gives the user at once what a ledger entry paid for. Throws `LIMIT_REACHED` if no code is left. */
export async function deliverItem(
  { db }: TrxCtx,
  { id, userId, item }: { id: string; userId: string; item: OfferedItem },
): Promise<{ state: 'open' | 'fulfilled'; code: string | null }> {
  const isOpen = item.kind === 'external';
  await queries.insertRedemptionRecord(db, { id, userId, itemId: item.id, isOpen });
  if (item.kind !== 'code') return { state: isOpen ? 'open' : 'fulfilled', code: null };
  const code = await queries.takeItemCode(db, { itemId: item.id, redemptionId: id });
  if (code === undefined) throw createSoldOutError();
  return { state: 'fulfilled', code };
}

/** Of a redemption from before the catalogue there is no record: it was of premium. */
export async function findDelivery(
  { db }: TrxCtx,
  id: string,
): Promise<{ state: RedemptionState; code: string | null }> {
  const { state = 'fulfilled' as const, code = null } = (await queries.findRedemptionRow(db, id)) ?? {};
  return { state, code };
}

const toTimes = ({ createdAt, fulfilledAt, cancelledAt }: queries.RedemptionRow) => ({
  createdAt: createdAt.toISOString(),
  fulfilledAt: fulfilledAt?.toISOString() ?? null,
  cancelledAt: cancelledAt?.toISOString() ?? null,
});

const toOwnRedemption = (row: queries.RedemptionRow): OwnRedemption => {
  const { userId: _, username: _name, email: _email, ...own } = row;
  return { ...own, ...toTimes(row) };
};

const toAdminRedemption = (row: queries.RedemptionRow): AdminRedemption => {
  const { userId, username, email: _email, code: _, ...rest } = row;
  return { ...rest, ...toTimes(row), user: { id: userId, username } };
};

export async function listOwnRedemptions(
  ctx: UserCtx,
  input: PageRequest,
): Promise<Paginated<OwnRedemption>> {
  const { userId } = ctx.principal;
  return paginate(
    input,
    (before, limit) => queries.listOwnRedemptionRows(ctx.db, { userId, before, limit }),
    toOwnRedemption,
  );
}

export async function listRedemptions(
  ctx: AppCtx,
  { state, item, user, ...page }: z.infer<typeof listRedemptionsInput>,
): Promise<Paginated<AdminRedemption>> {
  const userId = user === undefined ? undefined : await resolveUserId(ctx, user);
  const filter = { state: state === 'all' ? undefined : state, item, userId };
  return paginate(
    page,
    (after, limit) => queries.listRedemptionRows(ctx.db, { filter, after, limit }),
    toAdminRedemption,
  );
}

/** Throws `NOT_FOUND`, or `CONFLICT` unless it is open. */
async function endRedemption(ctx: AppTrxCtx, end: queries.RedemptionEnd): Promise<queries.RedemptionRow> {
  const { id, state, actorId, note } = end;
  const isEnded = await queries.endRedemptionRow(ctx.db, end);
  const row = await queries.findRedemptionRow(ctx.db, id);
  if (!row) throw new AppError('NOT_FOUND', 'Redemption not found');
  if (!isEnded) throw new AppError('CONFLICT', `This redemption is ${row.state} already`);
  const details = { redemptionId: id, item: row.item, ...(state === 'cancelled' && { reason: note }) };
  await recordSecurityEvent(ctx, `redemption_${state}`, { userId: row.userId, actorId, details });
  return row;
}

/** Throws like `endRedemption`. */
export async function fulfilRedemption(
  ctx: UserCtx,
  { id, note: text }: z.infer<typeof fulfilRedemptionInput>,
): Promise<AdminRedemption> {
  const { userId: actorId } = ctx.principal;
  const note = text ?? null;
  return withTransaction(ctx, async (trx) => {
    const row = await endRedemption(trx, { id, actorId, note, state: 'fulfilled' });
    await mailRedemption(trx, row, { template: 'redemption-fulfilled', item: row.name, note });
    return toAdminRedemption(row);
  });
}

/** Gives the credits back. Throws like `endRedemption`. */
export async function cancelRedemption(
  ctx: UserCtx,
  { id, reason }: z.infer<typeof cancelRedemptionInput>,
): Promise<AdminRedemption> {
  const { userId: actorId } = ctx.principal;
  return withTransaction(ctx, async (trx) => {
    const row = await endRedemption(trx, { id, actorId, note: reason, state: 'cancelled' });
    await lockCreditAccounts(trx.db, [row.userId]);
    await queries.returnSpentCredits(trx.db, { id: generateId(), redemptionId: id });
    const { name: item, cost: credits } = row;
    await mailRedemption(trx, row, { template: 'redemption-cancelled', item, credits, note: reason });
    return toAdminRedemption(row);
  });
}

type RedemptionMail =
  | { template: 'redemption-fulfilled'; item: string; note: string | null }
  | { template: 'redemption-cancelled'; item: string; note: string; credits: number };

/** About what the user bought, so it does not depend on `referralMail`. */
async function mailRedemption(
  ctx: TrxCtx,
  { userId, username, email }: queries.RedemptionRow,
  mail: RedemptionMail,
): Promise<void> {
  if (username === null || email === null) return;
  await enqueueBulkMail(ctx, { ...mail, to: email, username, userId });
}
