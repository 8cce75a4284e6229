import type { Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export type NewMilestone = { id: string; referrals: number; credits: number };

/** Each milestone counts once in a lifetime, under any campaign. Returns the new ones. */
export async function insertMilestoneRewards(
  trx: Trx,
  of: { userId: string; campaignId: string; milestones: NewMilestone[] },
): Promise<NewMilestone[]> {
  const { rows } = await sql<NewMilestone>`
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

export async function listReachedMilestones(trx: Trx, userId: string): Promise<number[]> {
  const rows = await trx
    .selectFrom('rewards')
    .select('threshold')
    .where('user_id', '=', userId)
    // Only milestones have a threshold; the condition lets the planner use their index instead of reading every reward.
    .where('threshold', 'is not', null)
    .execute();
  return rows.flatMap(({ threshold }) => threshold ?? []);
}
