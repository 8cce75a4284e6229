import { withTransaction } from '@linkgrove/db';
import type { TrxCtx, UserCtx } from '../../../core/context.ts';
import { AppError, createValidationError } from '../../../core/errors.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { extendPremium } from '../../users/service.ts';
import * as queries from '../queries.ts';
import { CREDIT_COSTS, type Redeemable, type Redemption } from '../schema.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;

type Request = { userId: string; item: Redeemable; key: string | null };
type StoredRedemption = { id: string; item: Redeemable; balance: number; premiumUntil: Date };

/**
 * Spends credits on an item: all of it happens or nothing. A repeated request with the same `Idempotency-Key`
 * spends nothing more and gets the same answer. Throws `INSUFFICIENT_CREDITS`, and `CONFLICT` where the key was
 * used for another item.
 */
export async function redeemCredits(ctx: UserCtx, { item }: { item: Redeemable }): Promise<Redemption> {
  const request = { userId: ctx.principal.userId, item, key: requireValidKey(ctx) };
  const redemption = await withTransaction(ctx, async (trx) => {
    await queries.lockCreditAccounts(trx.db, [request.userId]);
    return (await findEarlierRedemption(trx, request)) ?? spendCredits(trx, request);
  });
  return { ...redemption, premiumUntil: redemption.premiumUntil.toISOString() };
}

function requireValidKey({ idempotencyKey }: UserCtx): string | null {
  if (idempotencyKey === undefined) return null;
  if (KEY.test(idempotencyKey)) return idempotencyKey;
  throw createValidationError({
    path: 'Idempotency-Key',
    message: 'Must have 1 to 255 visible ASCII characters',
    code: 'invalid_key',
  });
}

async function findEarlierRedemption(
  { db }: TrxCtx,
  { userId, item, key }: Request,
): Promise<StoredRedemption | undefined> {
  const earlier = key === null ? undefined : await queries.findRedemptionByKey(db, userId, key);
  if (!earlier) return undefined;
  const { id, balance, premiumUntil } = earlier;
  if (earlier.item !== item || balance === null || premiumUntil === null) {
    throw new AppError('CONFLICT', 'This Idempotency-Key was used for something else');
  }
  return { id, item, balance, premiumUntil };
}

async function spendCredits({ db }: TrxCtx, { userId, item, key }: Request): Promise<StoredRedemption> {
  const cost = CREDIT_COSTS[item];
  const balance = await queries.subtractCredits(db, userId, { balance: cost, earned: 0 });
  if (balance === undefined) {
    const account = await queries.findCreditAccount(db, userId);
    throw new AppError('INSUFFICIENT_CREDITS', `This costs ${cost} credits; you have ${account.balance}`);
  }
  const id = generateId();
  const premiumUntil = await extendPremium(db, userId);
  await queries.insertRedemption(db, { id, userId, item, cost, key, balance, premiumUntil });
  return { id, item, balance, premiumUntil };
}
