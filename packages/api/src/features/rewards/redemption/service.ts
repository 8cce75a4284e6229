import { withTransaction } from '@linkgrove/db';
import type { TrxCtx, UserCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { extendPremium, invalidateUser } from '../../users/service.ts';
import { type CreditAccount, findCreditAccount, lockCreditAccounts } from '../queries.ts';
import { CREDIT_COSTS, type Redeemable, type Redemption } from '../schema.ts';
import * as queries from './queries.ts';

type RedemptionRequest = { userId: string; item: Redeemable; key: string | null };
type StoredRedemption = { id: string; item: Redeemable; balance: number; premiumUntil: Date };

/** Once per `Idempotency-Key`, also after its answer has expired. Throws `INSUFFICIENT_CREDITS`. */
export async function redeemCredits(ctx: UserCtx, { item }: { item: Redeemable }): Promise<Redemption> {
  const request = { userId: ctx.principal.userId, item, key: ctx.idempotencyKey ?? null };
  const redemption = await withTransaction(ctx, async (trx) => {
    await lockCreditAccounts(trx.db, [request.userId]);
    await invalidateUser(trx, request.userId);
    return (await findEarlierRedemption(trx, request)) ?? spendCredits(trx, request);
  });
  return { ...redemption, premiumUntil: redemption.premiumUntil.toISOString() };
}

async function findEarlierRedemption(
  { db }: TrxCtx,
  { userId, item, key }: RedemptionRequest,
): Promise<StoredRedemption | undefined> {
  const earlier = key === null ? undefined : await queries.findRedemptionByKey(db, userId, key);
  if (!earlier) return undefined;
  const { id, balance, premiumUntil } = earlier;
  if (earlier.item !== item || balance === null || premiumUntil === null) {
    throw new AppError('IDEMPOTENCY_MISMATCH', 'This Idempotency-Key already bought something else');
  }
  return { id, item, balance, premiumUntil };
}

async function spendCredits(
  { db }: TrxCtx,
  { userId, item, key }: RedemptionRequest,
): Promise<StoredRedemption> {
  const cost = CREDIT_COSTS[item];
  const balance = await queries.spendUnheldCredits(db, userId, cost);
  if (balance === undefined) throw createInsufficientCreditsError(cost, await findCreditAccount(db, userId));
  const id = generateId();
  const premiumUntil = await extendPremium(db, userId);
  await queries.insertRedemption(db, { id, userId, item, cost, key, balance, premiumUntil });
  return { id, item, balance, premiumUntil };
}

function createInsufficientCreditsError(cost: number, { balance, held }: CreditAccount): AppError {
  const rest = held > 0 ? `, of which ${held} are held while a reward is in review` : '';
  return new AppError('INSUFFICIENT_CREDITS', `This costs ${cost} credits; you have ${balance}${rest}`);
}
