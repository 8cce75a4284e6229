import { sql } from 'kysely';
import type { DoctorCheck } from '../schema.ts';

const STANDING = sql`('pending', 'granted', 'review', 'waived')`;
// Spelled out again, so that the check does not depend on the periods used to grant rewards.
const periodStart = sql`case v.cap_period when 'all' then '-infinity'::timestamptz
  else date_trunc(v.cap_period, w.created_at at time zone v.timezone) at time zone v.timezone end`;
/** Much longer than any transaction that grants rewards. */
const OVERLAP_SECONDS = 60;
/**
 * Standing rewards of the same referrer in the period of `w`, under any campaign, up to `w` itself. Left out are those that may have
 * come after `w` although their transaction began before: parallel ones that a larger cap, or none, still allowed. So are those
 * whose reversal an administrator undid after `w`.
 */
const rewardsSoFar = sql`
  from rewards x
    left join referrals xr on xr.id = x.referral_id
    left join referral_campaign_versions xv on xv.id = xr.campaign_version_id
  where x.user_id = w.user_id and x.role = 'referrer' and x.state in ${STANDING}
    and x.created_at >= ${periodStart} and (x.created_at, x.id) <= (w.created_at, w.id)
    and not (coalesce(xv.cap > v.cap, true)
      and x.created_at > w.created_at - make_interval(secs => ${OVERLAP_SECONDS}))
    and not coalesce(x.restored_at > w.created_at, false)`;

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
            when r.status = 'successful' and w.state = 'cancelled' and u.deleted_at is not null then 'cancelled'
            when r.status = 'successful' and w.state not in ('pending', 'granted', 'capped') then 'granted'
            when r.status <> 'successful' and w.state = 'granted' then 'reversed'
            when r.status <> 'successful' and w.state = 'pending' then 'cancelled'
            else w.state
          end
        ] as expected,
        array[w.user_id::text, w.campaign_id::text, w.state] as found
      from rewards w
        left join users u on u.id = w.user_id
        join referrals r on r.id = w.referral_id
        join referral_campaign_versions v on v.id = r.campaign_version_id`,
  },
  {
    name: 'rewards are held exactly if their terms say so, and granted only after the hold',
    of: 'reward',
    fields: ['held', 'granted at'],
    rows: sql`
      select w.id,
        array[(w.role <> 'milestone' and v.hold_days > 0)::text, greatest(e.created_at, w.due_at)::text] as expected,
        array[(w.due_at is not null)::text, coalesce(e.created_at, w.due_at)::text] as found
      from rewards w
        left join credit_entries e on e.reward_id = w.id
        left join referrals r on r.id = w.referral_id
        left join referral_campaign_versions v on v.id = r.campaign_version_id`,
  },
  {
    // A reward of a reversed referral gave its slot back. Earlier releases counted each campaign by itself, and named the period.
    name: 'no reward passes the cap of its version, over all campaigns',
    of: 'reward',
    fields: ['rewards in its period'],
    rows: sql`
      select w.id, array[least(c.count, v.cap)] as expected, array[c.count] as found
      from rewards w
        join referrals r on r.id = w.referral_id
        join referral_campaign_versions v on v.id = r.campaign_version_id and v.cap is not null
        cross join lateral (select count(*) as count ${rewardsSoFar}) c
      where w.role = 'referrer' and w.state in ${STANDING} and w.cap_period is null`,
  },
  {
    // Counts reversed rewards too: their slots were taken at the time.
    name: 'rewards are capped only when all slots were taken',
    of: 'reward',
    fields: ['slots taken'],
    rows: sql`
      select w.id,
        array[case when w.role = 'referrer' and v.cap is not null then greatest(p.slots, v.cap) end] as expected,
        array[p.slots] as found
      from rewards w
        left join referrals r on r.id = w.referral_id
        left join referral_campaign_versions v on v.id = r.campaign_version_id and v.cap is not null
        cross join lateral (
          select count(*) as slots from rewards x
          where x.user_id = w.user_id and x.role = 'referrer' and x.state <> 'capped' and x.created_at >= ${periodStart}
        ) p
      where w.state = 'capped'`,
  },
  {
    // A reward in review or waived keeps its slot, because its credits were not taken back.
    name: 'slots taken under caps = rewards of the period, and ≤ the cap',
    of: 'user and period',
    fields: ['slots', 'within the cap'],
    rows: sql`
      select c.user_id || ' ' || c.period as id,
        array[w.slots, least(c.granted, c.cap)] as expected,
        array[c.granted, c.granted]::bigint[] as found
      from reward_windows c cross join lateral (
        select count(*) as slots from rewards x
        where x.user_id = c.user_id and x.role = 'referrer' and x.state in ${STANDING}
          and x.created_at >= c.starts_at and x.created_at < c.ends_at
      ) w`,
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
          where e.to_status = 'successful' and e.from_status <> 'rejected' group by r.referrer_id
        ) s on s.referrer_id = w.user_id
      where w.role = 'milestone'`,
  },
  {
    // Earlier releases left milestones after a reversal, and noted no cause of it.
    name: 'milestones stand only while they are reached',
    of: 'reward',
    fields: ['successes'],
    rows: sql`
      select w.id, array[greatest(w.threshold, s.successes)] as expected, array[s.successes] as found
      from rewards w cross join lateral (
        select (
          select count(*) from referrals r where r.referrer_id = w.user_id and r.status = 'successful'
        ) + (
          select count(*) from referrals r join referral_events e on e.referral_id = r.id
          where r.referrer_id = w.user_id and e.from_status = 'successful' and e.cause is null
        ) as successes
      ) s
      where w.role = 'milestone' and w.state = 'granted'`,
  },
];
