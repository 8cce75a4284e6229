import type { TrxCtx } from '../../../core/context.ts';
import { enqueueBulkMail } from '../../mail/service.ts';
import type { TakenBack } from '../reversals/service.ts';
import * as queries from './queries.ts';

export type TakingCause = 'refund' | 'fraud' | 'other' | 'decision';

/** One mail per user. It concerns the account, so it does not depend on `referralMail`. */
export async function mailTakenCredits(ctx: TrxCtx, cause: TakingCause, taken: TakenBack[]): Promise<void> {
  const byUser = Map.groupBy(taken, ({ userId }) => userId);
  if (byUser.size === 0) return;
  const sum = (all: TakenBack[], of: 'credits' | 'owed') => all.reduce((total, one) => total + one[of], 0);
  for (const recipient of await queries.listNoticeRecipients(ctx.db, [...byUser.keys()])) {
    const all = byUser.get(recipient.userId) ?? [];
    const amounts = { credits: sum(all, 'credits'), owed: sum(all, 'owed') };
    const isNewcomer = all.every(({ role }) => role === 'referred');
    const mail = { template: 'credits-taken-back' as const, ...recipient, ...amounts, cause, isNewcomer };
    await enqueueBulkMail(ctx, mail);
  }
}
