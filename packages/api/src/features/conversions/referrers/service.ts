import { withTransaction } from '@linkgrove/db';
import type { MemberCtx } from '../../../core/context.ts';
import { eraseReferrer, lockReferrer } from '../../campaigns/referrers/service.ts';
import { discardPendingRewards } from '../rewards/service.ts';

/** Erases name and address, and cancels what is on hold. */
export async function deleteReferrer(
  ctx: MemberCtx,
  input: { id: string; referrerId: string },
): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    await lockReferrer(trx, input);
    await eraseReferrer(trx, input.referrerId);
    await discardPendingRewards(trx, input.referrerId);
  });
}
