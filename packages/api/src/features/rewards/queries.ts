import type { Db, Trx } from '@linkgrove/db';
import { newId } from '../../core/ids.ts';

/** Credits one side of a referral; a second time changes nothing. */
export async function insertReward(
  trx: Trx,
  reward: { userId: string; referralId: string; role: 'referrer' | 'referred'; credits: number },
): Promise<void> {
  await trx
    .insertInto('rewards')
    .values({
      id: newId(),
      user_id: reward.userId,
      referral_id: reward.referralId,
      role: reward.role,
      credits: reward.credits,
    })
    .onConflict((conflict) => conflict.constraint('rewards_referral_id_role_key').doNothing())
    .execute();
}

/** The user's rewards, newest first. */
export async function listRewards(db: Db, userId: string) {
  return db
    .selectFrom('rewards')
    .select(['id', 'referral_id as referralId', 'credits', 'created_at as createdAt'])
    .where('user_id', '=', userId)
    .orderBy('id', 'desc')
    .execute();
}
