import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';

export type PassedMilestone = { userId: string; referrals: number; credits: number };

/** Reached before the milestone was in the terms, or by imported referrals, and never paid. In the order of their users. */
export async function listPassedMilestones(
  db: Db,
  milestones: { referrals: number; credits: number }[],
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
    where not exists (select from rewards w where w.user_id = u.id and w.threshold = m.referrals)
    order by u.id, m.referrals`.execute(db);
  return rows;
}
