import { sql } from 'kysely';
import type { DoctorCheck } from '../schema.ts';

/** True if the reversal `alias` was not undone. */
const standsCondition = (alias: string) => sql`not exists (
  select from referral_events later
  where later.referral_id = ${sql.ref(`${alias}.referral_id`)} and later.id > ${sql.ref(`${alias}.id`)}
    and later.from_status = 'rejected'
)`;

export const COUNT_CHECKS: DoctorCheck[] = [
  {
    name: 'referrals by link and status = totals + deltas',
    of: 'link',
    fields: ['signups', 'pending', 'successful', 'rejected', 'review'],
    rows: sql`
      select link_id as id,
        array[coalesce(r.signups, 0), coalesce(r.pending, 0), coalesce(r.successful, 0), coalesce(r.rejected, 0),
          coalesce(r.review, 0)] as expected,
        array[coalesce(c.signups, 0), coalesce(c.pending, 0), coalesce(c.successful, 0), coalesce(c.rejected, 0),
          coalesce(c.review, 0)] as found
      from (
        select link_id, count(*) as signups,
          count(*) filter (where status = 'pending') as pending,
          count(*) filter (where status = 'successful') as successful,
          count(*) filter (where status = 'rejected') as rejected,
          count(*) filter (where status = 'review') as review
        from referrals group by link_id
      ) r full join (
        select link_id, sum(signups)::bigint as signups, sum(pending)::bigint as pending,
          sum(successful)::bigint as successful, sum(rejected)::bigint as rejected, sum(review)::bigint as review
        from (
          select link_id, signups, pending, successful, rejected, review from referral_totals
          union all
          select link_id, signups, pending, successful, rejected, review from referral_deltas
        ) rolled_up_or_not group by link_id
      ) c using (link_id)`,
  },
  {
    name: 'referrals by referrer and day = daily sums + deltas',
    of: 'referrer and day',
    fields: ['signups', 'unvisited', 'successful', 'reversed', 'undone'],
    // A success stays on its day. Its reversal counts on the day of the reversal, and as undone on that of the success,
    // unless an administrator undid it.
    rows: sql`
      select referrer_id || ' ' || day as id,
        array[coalesce(r.signups, 0), coalesce(r.unvisited, 0), coalesce(r.successful, 0), coalesce(r.reversed, 0),
          coalesce(r.undone, 0)] as expected,
        array[coalesce(d.signups, 0), coalesce(d.unvisited, 0), coalesce(d.successful, 0), coalesce(d.reversed, 0),
          coalesce(d.undone, 0)] as found
      from (
        select referrer_id, day, sum(signup) as signups, sum(unvisited) as unvisited, sum(success) as successful,
          sum(reversal) as reversed, sum(undone) as undone
        from (
          select referrer_id, (date_referred at time zone 'utc')::date as day, 1 as signup,
            unvisited::int as unvisited, 0 as success, 0 as reversal, 0 as undone
          from referrals
          union all
          select r.referrer_id, (e.created_at at time zone 'utc')::date, 0, 0,
            (e.to_status = 'successful')::int, (e.from_status = 'successful')::int, 0
          from referral_events e join referrals r on r.id = e.referral_id
          where (e.to_status = 'successful' and e.from_status <> 'rejected')
            or (e.from_status = 'successful' and ${standsCondition('e')})
          union all
          select r.referrer_id, (e.created_at at time zone 'utc')::date, 0, 0, 0, 0, 1
          from referral_events e join referrals r on r.id = e.referral_id
          where e.to_status = 'successful' and e.from_status <> 'rejected' and exists (
            select from referral_events x
            where x.referral_id = r.id and x.from_status = 'successful' and ${standsCondition('x')}
          )
        ) happened group by referrer_id, day
      ) r full join (
        select referrer_id, day, sum(signups)::bigint as signups, sum(unvisited)::bigint as unvisited,
          sum(successful)::bigint as successful, sum(reversed)::bigint as reversed, sum(undone)::bigint as undone
        from (
          select referrer_id, day, signups, unvisited, successful, reversed, undone from referral_daily
          union all
          select referrer_id, day, signups, unvisited, successful + reversed, reversed, undone from referral_deltas
        ) rolled_up_or_not group by referrer_id, day
      ) d using (referrer_id, day)`,
  },
  {
    name: 'referrals by link and page or QR code = source totals + deltas',
    of: 'link and source',
    fields: ['signups', 'successful'],
    rows: sql`
      select concat_ws(' ', link_id, source, page_id) as id,
        array[coalesce(r.signups, 0), coalesce(r.successful, 0)] as expected,
        array[coalesce(c.signups, 0), coalesce(c.successful, 0)] as found
      from (
        select link_id, source, coalesce(page_id, link_id) as page_id, count(*) as signups,
          count(*) filter (where status = 'successful') as successful
        from referrals where source <> 'link' group by 1, 2, 3
      ) r full join (
        select link_id, source, coalesce(page_id, link_id) as page_id, sum(signups)::bigint as signups,
          sum(successful)::bigint as successful
        from (
          select link_id, source, page_id, signups, successful from referral_source_totals
          union all
          select link_id, source, page_id, signups, successful from referral_source_deltas
        ) rolled_up_or_not group by 1, 2, 3
      ) c using (link_id, source, page_id)`,
  },
  {
    name: 'visits by page and QR code ≤ visits of the link',
    of: 'link',
    fields: ['visits'],
    rows: sql`
      select link_id as id, array[least(s.visits, coalesce(c.visits, 0))] as expected, array[s.visits] as found
      from (
        select link_id, sum(visits)::bigint as visits
        from (
          select link_id, visits from referral_source_totals union all select link_id, visits from referral_source_deltas
        ) rolled_up_or_not group by link_id
      ) s left join (
        select link_id, sum(visits)::bigint as visits
        from (
          select link_id, visits from referral_totals union all select link_id, visits from referral_deltas
        ) rolled_up_or_not group by link_id
      ) c using (link_id)`,
  },
  {
    // Without deltas: the roll-up adds each of them to both sides.
    name: 'totals by referrer = daily sums',
    of: 'referrer',
    fields: ['visits', 'signups', 'successful'],
    rows: sql`
      select referrer_id as id,
        array[coalesce(t.visits, 0), coalesce(t.signups, 0), coalesce(t.successful, 0)] as expected,
        array[coalesce(d.visits, 0), coalesce(d.signups, 0), coalesce(d.successful, 0)] as found
      from (
        select referrer_id, sum(visits) as visits, sum(signups) as signups, sum(successful) as successful
        from referral_totals group by referrer_id
      ) t full join (
        select referrer_id, sum(visits) as visits, sum(signups) as signups, sum(successful - reversed) as successful
        from referral_daily group by referrer_id
      ) d using (referrer_id)`,
  },
  {
    name: 'daily sums = quarters of an hour',
    of: 'referrer',
    fields: ['visits', 'signups', 'unvisited', 'successful', 'reversed', 'undone'],
    rows: sql`
      select referrer_id as id, d.counts as expected, s.counts as found
      from (
        select referrer_id,
          array[sum(visits), sum(signups), sum(unvisited), sum(successful), sum(reversed), sum(undone)] as counts
        from referral_daily group by referrer_id
      ) d full join (
        select referrer_id,
          array[sum(visits), sum(signups), sum(unvisited), sum(successful), sum(reversed), sum(undone)] as counts
        from referral_slots group by referrer_id
      ) s using (referrer_id)`,
  },
  {
    name: 'uses of limited links ≤ maxUses, and ≤ their sign-ups',
    of: 'link',
    fields: ['uses'],
    rows: sql`
      select l.id, array[least(l.uses, l.max_uses, coalesce(c.signups, 0))] as expected, array[l.uses::bigint] as found
      from referral_links l left join (
        select link_id, sum(signups)::bigint as signups
        from (
          select link_id, signups from referral_totals union all select link_id, signups from referral_deltas
        ) rolled_up_or_not group by link_id
      ) c on c.link_id = l.id
      where l.uses > 0 or l.max_uses is not null`,
  },
  {
    // Earlier releases did not note which referrals took a place. A success that an administrator added, or restored after its
    // place was taken, holds none: it stands over the limit.
    name: 'uses of limited links = referrals that hold a place',
    of: 'link',
    fields: ['uses'],
    rows: sql`
      select l.id, array[count(r.id) filter (where r.took_use)] as expected, array[l.uses::bigint] as found
      from referral_links l left join referrals r on r.link_id = l.id
      where l.uses > 0 or l.max_uses is not null
      group by l.id having count(r.id) filter (where r.took_use is null) = 0`,
  },
];
