import { type RawBuilder, sql } from 'kysely';
import type { DoctorCheck } from '../../referrals/doctor/schema.ts';

const rewardsWithTerms = sql`
  campaign_rewards w
    join conversions c on c.id = w.conversion_id
    join campaign_referrals f on f.id = w.referral_id
    join campaign_referrers r on r.id = w.referrer_id
    join campaign_versions v on v.id = f.version_id`;

/** Only campaigns of existing workspaces; the rows of deleted ones are deleted table by table. */
const keptPart = (campaignId: RawBuilder<unknown>) => sql`exists (
  select from campaigns k join workspaces s on s.id = k.workspace_id where k.id = ${campaignId}
)`;

const REFERRAL_CHECKS: DoctorCheck[] = [
  {
    name: 'campaign referral status = status after the newest event',
    of: 'referral',
    fields: ['status'],
    rows: sql`
      select f.id,
        array[coalesce(e.to_status, case f.status when 'successful' then 'pending' else f.status end)] as expected,
        array[f.status] as found
      from campaign_referrals f left join (
        select distinct on (referral_id) referral_id, to_status from campaign_referral_events
        order by referral_id desc, id desc
      ) e on e.referral_id = f.id`,
  },
  {
    // Every step up leads to someone who was named earlier, so there is no circle.
    name: 'campaign referrers were named before their customers',
    of: 'referral',
    fields: ['referrer'],
    rows: sql`
      select id, array[least(referrer_person_id, person_id - 1)] as expected, array[referrer_person_id] as found
      from campaign_referrals where status <> 'rejected'`,
  },
  {
    name: 'campaign referrals were qualified by a conversion of their customer that counts',
    of: 'referral',
    fields: ['customer', 'type', 'amount', 'refunded'],
    rows: sql`
      select f.id,
        array[f.person_id::text, v.qualifies_by, greatest(c.amount, 1)::text, 'false'] as expected,
        array[c.person_id::text, c.type, coalesce(c.amount, 1)::text,
          (f.status = 'successful' and v.months is null and c.refunded_at is not null)::text] as found
      from campaign_referrals f
        join campaign_versions v on v.id = f.version_id
        left join conversions c on c.id = f.qualified_by
      where f.status = 'successful' or f.qualified_by is not null`,
  },
  {
    name: 'codes of campaign referrers are in the register of codes',
    of: 'referrer',
    fields: ['code'],
    rows: sql`
      select r.id, array[r.code] as expected, array[o.code] as found
      from campaign_referrers r left join referral_codes o on o.referrer_id = r.id`,
  },
];

// Spelled out again, so that the check does not depend on the formats used to grant rewards.
const period = sql`to_char(w.created_at at time zone v.timezone, case v.cap_period
  when 'day' then 'YYYY-MM-DD' when 'week' then 'IYYY-"W"IW' when 'month' then 'YYYY-MM' else '"all"' end)`;

const promised = sql`case
  when w.role = 'referred' then v.referred_credits
  when v.basis_points is null then v.referrer_credits
  else c.amount * v.basis_points / 10000 end`;

const REWARD_CHECKS: DoctorCheck[] = [
  {
    name: 'campaign rewards are what their terms promise',
    of: 'reward',
    fields: ['amount', 'unit', 'kind', 'customer', 'referrer', 'once'],
    rows: sql`
      select w.id,
        array[(${promised})::text,
          case when w.role = 'referrer' and v.basis_points is not null then c.currency else 'credits' end,
          v.reward_kind, f.person_id::text, f.referrer_id::text,
          (w.role = 'referred' or v.months is null)::text] as expected,
        array[w.amount::text, w.unit, w.kind, c.person_id::text, w.referrer_id::text,
          (not w.recurring)::text] as found
      from ${rewardsWithTerms}`,
  },
  {
    name: 'conversions that qualified a campaign referral are rewarded on both sides',
    of: 'referral',
    fields: ['referrer', 'customer'],
    rows: sql`
      select f.id,
        array[case when v.basis_points is null then v.referrer_credits > 0
            else c.amount * v.basis_points >= 10000 end, v.referred_credits > 0] as expected,
        array[exists (select from campaign_rewards w where w.conversion_id = c.id and w.role = 'referrer'),
          exists (select from campaign_rewards w where w.conversion_id = c.id and w.role = 'referred')] as found
      from campaign_referrals f
        join campaign_versions v on v.id = f.version_id
        join conversions c on c.id = f.qualified_by
      where ${keptPart(sql`f.campaign_id`)}`,
  },
  {
    name: 'campaign rewards are taken back exactly with their sale, referral or referrer',
    of: 'reward',
    fields: ['state'],
    rows: sql`
      select w.id,
        array[case
          when (c.refunded_at is not null or f.status = 'rejected') and w.state in ('pending', 'granted', 'fulfilled')
            then 'reversed'
          when c.refunded_at is null and f.status <> 'rejected' and w.state in ('reversed', 'review', 'waived')
            then 'granted'
          when c.refunded_at is null and f.status <> 'rejected' and r.deleted_at is null and w.state = 'cancelled'
            then 'pending'
          else w.state end] as expected,
        array[w.state] as found
      from ${rewardsWithTerms}`,
  },
  {
    name: 'slots taken under caps of campaigns = rewards of the period, and ≤ the cap',
    of: 'referrer and period',
    fields: ['slots', 'within the cap'],
    rows: sql`
      select concat_ws(' ', referrer_id, period) as id,
        array[coalesce(w.slots, 0), coalesce(least(c.granted, c.cap), 0)] as expected,
        array[coalesce(c.granted, 0), coalesce(c.granted, 0)]::bigint[] as found
      from (
        select c.* from campaign_caps c join campaign_referrers r on r.id = c.referrer_id
        where ${keptPart(sql`r.campaign_id`)}
      ) c full join (
        select w.referrer_id, w.cap_period as period, count(*) as slots from campaign_rewards w
        where ${keptPart(sql`w.campaign_id`)} and w.cap_period is not null and w.state in ('pending', 'granted', 'fulfilled', 'review', 'waived')
        group by w.referrer_id, w.cap_period
      ) w using (referrer_id, period)`,
  },
  {
    // Counts rewards that were taken back too: their slots were taken at the time.
    name: 'campaign rewards are capped only when all slots were taken, and store the period otherwise',
    of: 'reward',
    fields: ['slots taken', 'period'],
    rows: sql`
      select w.id,
        array[case when w.state = 'capped' then greatest(p.slots, v.cap) end::text,
          case when w.state <> 'capped' then ${period} end] as expected,
        array[case when w.state = 'capped' then coalesce(p.slots, 0) end::text, w.cap_period] as found
      from ${rewardsWithTerms}
        left join (
          select referrer_id, cap_period, count(*) as slots
          from campaign_rewards where cap_period is not null group by referrer_id, cap_period
        ) p on p.referrer_id = w.referrer_id and p.cap_period = ${period}
      where w.role = 'referrer' and v.cap is not null and ${keptPart(sql`w.campaign_id`)}`,
  },
];

const LEDGER_CHECKS: DoctorCheck[] = [
  {
    name: 'campaign rewards = their ledger entries',
    of: 'reward',
    fields: ['granted', 'outstanding'],
    rows: sql`
      select coalesce(w.id, e.reward_id) as id,
        array[coalesce(w.amount, 0), coalesce(case when w.state = 'reversed' or w.fulfilled_at is not null then 0
          else w.amount end, 0)] as expected,
        array[coalesce(e.granted, 0), coalesce(e.outstanding, 0)] as found
      from (select * from campaign_rewards where granted_at is not null and ${keptPart(sql`campaign_id`)}) w
        full join (
          select reward_id, recipient_id, unit, sum(amount) filter (where kind = 'reward')::bigint as granted,
            sum(amount)::bigint as outstanding
          from campaign_entries where reward_id is not null and ${keptPart(sql`campaign_id`)} group by reward_id, recipient_id, unit
        ) e on e.reward_id = w.id and e.recipient_id = w.recipient_id and e.unit = w.unit`,
  },
  {
    name: 'balances of campaigns = ledger sums, and ≥ 0',
    of: 'recipient and unit',
    fields: ['balance', 'not below zero'],
    rows: sql`
      select concat_ws(' ', recipient_id, unit) as id,
        array[coalesce(e.amount, 0), greatest(coalesce(b.balance, 0), 0)] as expected,
        array[coalesce(b.balance, 0), coalesce(b.balance, 0)] as found
      from (
        select recipient_id, unit, sum(amount)::bigint as amount from campaign_entries
        where ${keptPart(sql`campaign_id`)} group by recipient_id, unit
      ) e full join (select * from campaign_balances where ${keptPart(sql`campaign_id`)}) b using (recipient_id, unit)`,
  },
];

export const CONVERSION_CHECKS: DoctorCheck[] = [...REFERRAL_CHECKS, ...REWARD_CHECKS, ...LEDGER_CHECKS];
