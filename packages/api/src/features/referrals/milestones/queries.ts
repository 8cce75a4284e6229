import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';
import { audienceCondition } from '../campaigns/queries.ts';

/** The terms of the version under which the referral was made. */
export const getMilestoneTerms = (db: Db, referralId: string) =>
  db
    .selectFrom('referrals as r')
    .innerJoin('referral_campaign_versions as v', 'v.id', 'r.campaign_version_id')
    .select(['r.referrer_id as userId', 'v.campaign_id as campaignId', 'v.milestones'])
    .where('r.id', '=', referralId)
    .executeTakeFirstOrThrow();

export type PassedMilestone = { userId: string; referrals: number; credits: number };

/**
 * Reached by referrers of the campaign before the milestone was in the terms, or by imported referrals, and never paid. In the
 * order of their users.
 */
export async function listPassedMilestones(
  db: Db,
  { campaignId, milestones }: { campaignId: string; milestones: { referrals: number; credits: number }[] },
): Promise<PassedMilestone[]> {
  const { rows } = await sql<PassedMilestone>`
    with counts as (
      select referrer_id, sum(successful) as count
      from (
        select referrer_id, successful from referral_totals
        union all
        select referrer_id, successful from referral_deltas
      ) rolled_up_or_not group by referrer_id
    )
    select u.id as "userId", m.referrals, m.credits
    from json_to_recordset(${JSON.stringify(milestones)}::json) m (referrals int, credits int)
      join counts c on c.count >= m.referrals
      join users u on u.id = c.referrer_id and u.suspended_at is null and u.deleted_at is null
      join referral_campaigns k on k.id = ${campaignId}::uuid and ${audienceCondition('k', sql.ref('u.id'))}
    where not exists (select from rewards w where w.user_id = u.id and w.threshold = m.referrals)
    order by u.id, m.referrals`.execute(db);
  return rows;
}
