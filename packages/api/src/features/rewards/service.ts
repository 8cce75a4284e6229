import type { Db, Trx } from '@linkgrove/db';
import * as queries from './queries.ts';

/** Credits a referrer earns for each successful referral. */
const REFERRER_CREDITS = 10;

/** Rewards a referrer for a referral that became successful; exactly once per referral. */
export const rewardReferrer = (
  ctx: { db: Trx },
  referral: { id: string; referrerId: string },
): Promise<void> =>
  queries.insertReward(ctx.db, {
    userId: referral.referrerId,
    referralId: referral.id,
    role: 'referrer',
    credits: REFERRER_CREDITS,
  });

/** Every reward of a user, newest first. */
export async function listRewards(ctx: { db: Db }, userId: string) {
  const rewards = await queries.listRewards(ctx.db, userId);
  return rewards.map(({ createdAt, ...reward }) => ({ ...reward, createdAt: createdAt.toISOString() }));
}
