import type { TrxCtx } from '../../../core/context.ts';
import { enqueueBulkMail } from '../../mail/service.ts';
import * as queries from './queries.ts';

/** Tells the referred user of the own reward, once it is granted. */
export async function mailNewcomer(
  ctx: TrxCtx,
  { referralId, credits }: { referralId: string; credits: number },
): Promise<void> {
  const found = await queries.findNewcomer(ctx.db, referralId);
  if (!found) return;
  const { displayName, referrer, ...recipient } = found;
  const by = displayName ?? referrer ?? '';
  await enqueueBulkMail(ctx, { template: 'referral-reward', ...recipient, credits, by });
}
