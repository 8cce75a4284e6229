import type { Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export type Milestone = { id: string; referrals: number; credits: number };

/**
 * Rewards a user for each of these milestones that was not rewarded before, and returns them; exactly once
 * each, whoever asks at the same time and whatever campaign runs.
 */
export async function insertMilestoneRewards(
  trx: Trx,
  of: { userId: string; campaignId: string; milestones: Milestone[] },
): Promise<Milestone[]> {
  const { rows } = await sql<Milestone>`
    with granted as (
      insert into rewards (id, user_id, campaign_id, role, threshold, credits)
      select m.id, ${of.userId}::uuid, ${of.campaignId}::uuid, 'milestone', m.referrals, m.credits
      from unnest(
        ${of.milestones.map(({ id }) => id)}::uuid[],
        ${of.milestones.map(({ referrals }) => referrals)}::int[],
        ${of.milestones.map(({ credits }) => credits)}::int[]
      ) m (id, referrals, credits)
      order by m.referrals
      on conflict on constraint rewards_milestone_key do nothing
      returning id, user_id, threshold, credits
    ),
    entries as (
      insert into credit_entries (id, user_id, amount, kind, reward_id)
      select id, user_id, credits, 'reward', id from granted
    ),
    deltas as (insert into credit_deltas (user_id, amount) select user_id, credits from granted)
    select id, threshold as referrals, credits from granted order by threshold`.execute(trx);
  return rows;
}

/** The milestones that a user was rewarded for. */
export async function listReachedMilestones(trx: Trx, userId: string): Promise<number[]> {
  const rows = await trx
    .selectFrom('rewards')
    .select('threshold')
    .where('user_id', '=', userId)
    // What only milestones have: it leads into the index, past a million other rewards.
    .where('threshold', 'is not', null)
    .execute();
  return rows.flatMap(({ threshold }) => threshold ?? []);
}
