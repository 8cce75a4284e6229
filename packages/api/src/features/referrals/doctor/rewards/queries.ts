import { sql } from 'kysely';
import type { DoctorCheck } from '../schema.ts';

// Spelled out again, so that the check does not depend on the formats used to grant rewards.
const period = sql`to_char(w.created_at at time zone 'utc', case v.cap_period
  when 'day' then 'YYYY-MM-DD' when 'week' then 'IYYY-"W"IW' when 'month' then 'YYYY-MM' else '"all"' end)`;

export const REWARD_CHECKS: DoctorCheck[] = [
  {
    name: 'successful referrals have exactly the rewards of their terms',
    of: 'referral',
    fields: ['referrer credits', 'referred credits'],
    rows: sql`
      select r.id,
        array[v.referrer_credits, v.referred_credits] as expected,
        array[coalesce(a.credits, 0), coalesce(b.credits, 0)] as found
      from referrals r
        join referral_campaign_versions v on v.id = r.campaign_version_id
        left join rewards a on a.referral_id = r.id and a.role = 'referrer'
        left join rewards b on b.referral_id = r.id and b.role = 'referred'
      where r.status = 'successful' or a.id is not null or b.id is not null`,
  },
  {
    name: "rewards match their referral's users, campaign and status",
    of: 'reward',
    fields: ['user', 'campaign', 'state'],
    rows: sql`
      select w.id,
        array[
          (case w.role when 'referrer' then r.referrer_id else r.referred_user_id end)::text,
          v.campaign_id::text,
          case
            when r.status = 'successful' and w.state not in ('granted', 'capped') then 'granted'
            when r.status <> 'successful' and w.state = 'granted' then 'reversed'
            else w.state
          end
        ] as expected,
        array[w.user_id::text, w.campaign_id::text, w.state] as found
      from rewards w
        join referrals r on r.id = w.referral_id
        join referral_campaign_versions v on v.id = r.campaign_version_id`,
  },
  {
    name: 'rewards under a cap store its period',
    of: 'reward',
    fields: ['period'],
    rows: sql`
      select w.id,
        array[case when w.role = 'referrer' and v.cap is not null and w.state <> 'capped' then ${period} end] as expected,
        array[w.cap_period] as found
      from rewards w
        left join referrals r on r.id = w.referral_id
        left join referral_campaign_versions v on v.id = r.campaign_version_id
      where v.cap is not null or w.cap_period is not null`,
  },
  {
    // Counts reversed rewards too: their slots were taken at the time.
    name: 'rewards are capped only when all slots were taken',
    of: 'reward',
    fields: ['slots taken'],
    rows: sql`
      select w.id,
        array[case when w.role = 'referrer' then greatest(p.slots, v.cap) end] as expected,
        array[coalesce(p.slots, 0)] as found
      from rewards w
        left join referrals r on r.id = w.referral_id
        left join referral_campaign_versions v on v.id = r.campaign_version_id and v.cap is not null
        left join (
          select user_id, campaign_id, cap_period, count(*) as slots
          from rewards where cap_period is not null group by user_id, campaign_id, cap_period
        ) p on p.user_id = w.user_id and p.campaign_id = w.campaign_id and p.cap_period = ${period}
      where w.state = 'capped'`,
  },
  {
    // A reward in review or waived keeps its slot, because its credits were not taken back.
    name: 'slots taken under caps = rewards of the period, and ≤ the cap',
    of: 'user, campaign and period',
    fields: ['slots', 'within the cap'],
    rows: sql`
      select concat_ws(' ', user_id, campaign_id, period) as id,
        array[coalesce(w.slots, 0), coalesce(least(c.granted, c.cap), 0)] as expected,
        array[coalesce(c.granted, 0), coalesce(c.granted, 0)]::bigint[] as found
      from reward_caps c full join (
        select user_id, campaign_id, cap_period as period, count(*) as slots
        from rewards where cap_period is not null and role = 'referrer' and state in ('granted', 'review', 'waived')
        group by user_id, campaign_id, cap_period
      ) w using (user_id, campaign_id, period)`,
  },
  {
    name: 'milestones are rewarded once, as promised, and only when reached',
    of: 'reward',
    fields: ['times', 'credits', 'successes'],
    rows: sql`
      select w.id,
        array[1, case when p.credits is null then null else w.credits end, greatest(w.threshold, s.reached)] as expected,
        array[count(*) over (partition by w.user_id, w.threshold), w.credits, coalesce(s.reached, 0)] as found
      from rewards w
        left join (
          select distinct v.campaign_id, m.referrals, m.credits
          from referral_campaign_versions v,
            jsonb_to_recordset(v.milestones) m (referrals integer, credits integer)
        ) p on p.campaign_id = w.campaign_id and p.referrals = w.threshold and p.credits = w.credits
        left join (
          select r.referrer_id, count(*) as reached
          from referral_events e join referrals r on r.id = e.referral_id
          where e.to_status = 'successful' group by r.referrer_id
        ) s on s.referrer_id = w.user_id
      where w.role = 'milestone'`,
  },
];
