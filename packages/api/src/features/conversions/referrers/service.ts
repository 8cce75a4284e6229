import { withTransaction } from '@linkgrove/db';
import type { MemberCtx } from '../../../core/context.ts';
import { forgetReferrer, lockReferrer } from '../../campaigns/referrers/service.ts';
import { cancelPendingRewards } from '../rewards/service.ts';

/** Erases name and address, and cancels what is on hold. */
export async function deleteReferrer(
  ctx: MemberCtx,
  input: { id: string; referrerId: string },
): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    await lockReferrer(trx, input);
    await forgetReferrer(trx, input.referrerId);
    await cancelPendingRewards(trx, input.referrerId);
  });
}
