import { withTransaction } from '@linkgrove/db';
import type { TrxCtx, UserCtx } from '../../../core/context.ts';
import { AppError, createValidationError } from '../../../core/errors.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { extendPremium, invalidateUser } from '../../users/service.ts';
import { createSoldOutError, deliverItem, findDelivery } from '../fulfilment/service.ts';
import { findObstacle, findOfferedItem, type OfferedItem } from '../items/service.ts';
import { type CreditAccount, findCreditAccount, lockCreditAccounts } from '../queries.ts';
import type { Redemption } from '../schema.ts';
import * as queries from './queries.ts';

type RedemptionRequest = { userId: string; item: string; key: string | null };
type StoredRedemption = Omit<Redemption, 'premiumUntil'> & { premiumUntil: Date | null };

/** Once per `Idempotency-Key`, also after its answer has expired. Throws `INSUFFICIENT_CREDITS` and `LIMIT_REACHED`. */
export async function redeemCredits(ctx: UserCtx, { item }: { item: string }): Promise<Redemption> {
  const request = { userId: ctx.principal.userId, item, key: ctx.idempotencyKey ?? null };
  const redemption = await withTransaction(ctx, async (trx) => {
    await lockCreditAccounts(trx.db, [request.userId]);
    await invalidateUser(trx, request.userId);
    return (await findEarlierRedemption(trx, request)) ?? spendCredits(trx, request);
  });
  return { ...redemption, premiumUntil: redemption.premiumUntil?.toISOString() ?? null };
}

async function findEarlierRedemption(
  { db }: TrxCtx,
  { userId, item, key }: RedemptionRequest,
): Promise<StoredRedemption | undefined> {
  const earlier = key === null ? undefined : await queries.findRedemptionByKey(db, userId, key);
  if (!earlier) return undefined;
  const { id, balance, premiumUntil } = earlier;
  if (earlier.item !== item || balance === null) {
    throw new AppError('IDEMPOTENCY_MISMATCH', 'This Idempotency-Key already bought something else');
  }
  return { id, item, balance, premiumUntil, ...(await findDelivery({ db }, id)) };
}

async function spendCredits(
  { db }: TrxCtx,
  { userId, item, key }: RedemptionRequest,
): Promise<StoredRedemption> {
  const offered = await findOfferedItem({ db }, userId, item);
  if (!offered) {
    const message = 'Must be an item of the catalogue, see `GET /api/rewards`';
    throw createValidationError({ path: 'item', message, code: 'unknown_item' });
  }
  requireReached(offered);
  const { cost } = offered;
  const balance = await queries.spendUnheldCredits(db, userId, cost);
  if (balance === undefined) throw createInsufficientCreditsError(cost, await findCreditAccount(db, userId));
  const id = generateId();
  const premiumUntil = offered.kind === 'premium' ? await extendPremium(db, userId) : null;
  await queries.insertRedemption(db, { id, userId, item, cost, key, balance, premiumUntil });
  return { id, item, balance, premiumUntil, ...(await deliverItem({ db }, { id, userId, item: offered })) };
}

/** Credits are checked when they are spent. */
function requireReached(item: OfferedItem): void {
  const obstacle = findObstacle(item, item.cost);
  if (obstacle === 'sold_out') throw createSoldOutError();
  if (obstacle === 'used_up')
    throw new AppError('LIMIT_REACHED', `You can redeem this ${item.maxPerUser} times, and have`);
  if (obstacle === 'referrals')
    throw new AppError(
      'LIMIT_REACHED',
      `This needs ${item.minReferrals} successful referrals; you have ${item.successes}`,
    );
}

function createInsufficientCreditsError(cost: number, { balance, held }: CreditAccount): AppError {
  const rest = held > 0 ? `, of which ${held} are held while a reward is in review` : '';
  return new AppError('INSUFFICIENT_CREDITS', `This costs ${cost} credits; you have ${balance}${rest}`);
}
