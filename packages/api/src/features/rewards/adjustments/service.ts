import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { UserCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { AppError } from '../../../core/errors.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { findAccount } from '../../users/service.ts';
import { mailTakenCredits } from '../notices/service.ts';
import { findCreditAccount, lockCreditAccounts } from '../queries.ts';
import * as queries from './queries.ts';
import type { adjustCreditsInput, adjustedCreditsOutput } from './schema.ts';

/** Throws `NOT_FOUND`, and `INSUFFICIENT_CREDITS` if the user has less than is to be deducted. */
export async function adjustCredits(
  ctx: UserCtx,
  { user, amount, reason }: z.infer<typeof adjustCreditsInput>,
): Promise<z.infer<typeof adjustedCreditsOutput>> {
  const { userId: actorId } = ctx.principal;
  return withTransaction(ctx, async (trx) => {
    const account = await findAccount(trx.db, user);
    if (!account) throw new AppError('NOT_FOUND', 'User not found');
    const id = generateId();
    const userId = account.id;
    await lockCreditAccounts(trx.db, [userId]);
    const stored = await queries.insertAdjustment(trx.db, { id, userId, amount, reason, actorId });
    if (!stored) {
      const { balance } = await findCreditAccount(trx.db, userId);
      throw new AppError('INSUFFICIENT_CREDITS', `The user has ${balance} credits`);
    }
    const details = { entryId: id, amount, reason };
    await recordSecurityEvent(trx, 'credits_adjusted', { userId, actorId, details });
    if (amount < 0) {
      const taken = { userId, role: null, credits: -amount, owed: 0 };
      await mailTakenCredits(trx, 'decision', [taken]);
    }
    return { id, userId, amount, balance: stored.balance, createdAt: stored.createdAt.toISOString() };
  });
}
