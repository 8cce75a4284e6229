import { sql } from 'kysely';
import type { DoctorCheck } from '../schema.ts';

/** Who referred whom by which code, and how each referral came to be what it is. */
export const HISTORY_CHECKS: DoctorCheck[] = [
  {
    name: 'whoever was referred has a referral by the same referrer',
    of: 'user',
    fields: ['referrer'],
    rows: sql`
      select coalesce(u.id, r.referred_user_id) as id, array[u.referred_by] as expected, array[r.referrer_id] as found
      from (select id, referred_by from users where referred_by is not null) u
        full join referrals r on r.referred_user_id = u.id`,
  },
  {
    // Each step up leads to someone older, so none leads back.
    name: 'nobody was referred by someone newer',
    of: 'user',
    fields: ['referrer since'],
    rows: sql`
      select u.id, array[least(p.created_at, u.created_at)] as expected, array[p.created_at] as found
      from users u join users p on p.id = u.referred_by`,
  },
  {
    name: 'codes belong to whoever owns their link',
    of: 'code',
    fields: ['owner'],
    rows: sql`
      select c.code as id, array[l.user_id] as expected, array[c.user_id] as found
      from referral_codes c left join referral_links l on l.id = c.link_id`,
  },
  {
    name: 'referrals are where their newest event left them',
    of: 'referral',
    fields: ['status'],
    rows: sql`
      select r.id,
        array[coalesce(e.to_status, case when r.status = 'successful' then 'pending' else r.status end)] as expected,
        array[r.status] as found
      from referrals r left join (
        select distinct on (referral_id) referral_id, to_status from referral_events
        order by referral_id desc, id desc
      ) e on e.referral_id = r.id`,
  },
  {
    name: 'events follow each other, by legal moves only',
    of: 'event',
    fields: ['from', 'legal'],
    rows: sql`
      select id::text,
        array[coalesce(before, case from_status when 'review' then 'review' else 'pending' end), 'true'] as expected,
        array[from_status, ((from_status, to_status) in (
          ('pending', 'successful'), ('pending', 'rejected'), ('pending', 'review'),
          ('review', 'pending'), ('review', 'rejected'), ('successful', 'rejected')
        ))::text] as found
      from (
        select id, from_status, to_status,
          lag(to_status) over (partition by referral_id order by id) as before
        from referral_events
      ) e`,
  },
  {
    name: 'qualifiedAt is set where a referral is successful, and only there',
    of: 'referral',
    fields: ['qualified'],
    rows: sql`
      select id, array[status = 'successful'] as expected, array[qualified_at is not null] as found from referrals`,
  },
];
