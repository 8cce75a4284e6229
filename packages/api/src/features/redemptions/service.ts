import { withTransaction } from '@linkgrove/db';
import type { UserCtx } from '../../core/context.ts';
import { createValidationError } from '../../core/errors.ts';
import { extendPremium } from '../users/service.ts';
import { forgetCachedStats } from '../referrals/stats/service.ts';
import type { Redeemable } from '../rewards/schema.ts';
import { findRedemption, type Redemption, spendCredits } from '../rewards/service.ts';
import type { RedemptionAnswer } from './schema.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;

function keyOf({ idempotencyKey }: UserCtx): string | null {
  if (idempotencyKey === undefined) return null;
  if (KEY.test(idempotencyKey)) return idempotencyKey;
  throw createValidationError({
    path: 'Idempotency-Key',
    message: 'Must have 1 to 255 visible ASCII characters',
    code: 'invalid_key',
  });
}

/**
 * Spends credits on an item: all of it happens or nothing. A repeated request with the same `Idempotency-Key`
 * spends nothing more and is answered alike. Throws `INSUFFICIENT_CREDITS`, and `CONFLICT` where the key was
 * used for another item.
 */
export async function redeemCredits(ctx: UserCtx, { item }: { item: Redeemable }): Promise<RedemptionAnswer> {
  const request = { userId: ctx.principal.userId, item, key: keyOf(ctx) };
  const redemption = await withTransaction(ctx, async (trx): Promise<Redemption> => {
    const earlier = await findRedemption(trx, request);
    if (earlier) return earlier;
    await forgetCachedStats(trx, request.userId);
    return spendCredits(trx, { ...request, premiumUntil: await extendPremium(trx, request.userId) });
  });
  return { ...redemption, premiumUntil: redemption.premiumUntil.toISOString() };
}
