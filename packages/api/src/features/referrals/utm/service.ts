import type { UserCtx } from '../../../core/context.ts';
import * as queries from './queries.ts';
import type { ReferralUtmReport } from './schema.ts';

export async function getReferralUtm(ctx: UserCtx, { days }: { days: number }): Promise<ReferralUtmReport> {
  const { userId: referrerId } = ctx.principal;
  await ctx.recorder.settleVisits();
  return { items: await queries.listUtmCounts(ctx.db, { referrerId, days }) };
}
