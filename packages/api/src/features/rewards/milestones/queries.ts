import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

/** Rolled up or not. */
export async function countSuccessfulReferralRows(db: Db, referrerId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select (
      coalesce((select sum(successful) from referral_totals where referrer_id = ${referrerId}), 0)
      + coalesce((select sum(successful) from referral_deltas where referrer_id = ${referrerId}), 0)
    )::bigint as count`.execute(db);
  return rows[0]?.count ?? 0;
}

export type NewMilestone = { id: string; referrals: number; credits: number };

/** Successes and reversals of a referrer that may reach or lose a milestone run one at a time, until the transaction ends. */
export async function lockMilestoneRows(trx: Trx, userId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${userId}, 3))`.execute(trx);
}

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

export type MilestoneState = { referrals: number; credits: number; isFinal: boolean };

/** Those that the user was ever paid. An administrator's decision on one is final. */
export async function listMilestoneStateRows(db: Db, userId: string): Promise<MilestoneState[]> {
  const { rows } = await sql<MilestoneState>`
    select threshold as referrals, credits, decided_by is not null as "isFinal"
    -- Only milestones have a threshold; the condition lets the planner use their index instead of reading every reward.
    from rewards where user_id = ${userId} and threshold is not null`.execute(db);
  return rows;
}
