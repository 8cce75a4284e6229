import { sql } from 'kysely';
import type { DoctorCheck } from '../schema.ts';

export const HISTORY_CHECKS: DoctorCheck[] = [
  {
    name: 'every referred user has a referral by the same referrer',
    of: 'user',
    fields: ['referrer'],
    rows: sql`
      select coalesce(u.id, r.referred_user_id) as id, array[u.referred_by] as expected, array[r.referrer_id] as found
      from (select id, referred_by, deleted_at, email_verified_at from users where referred_by is not null) u
        full join referrals r on r.referred_user_id = u.id
      -- Deleting an account that never verified an address takes its referral along.
      where r.id is not null or u.deleted_at is null or u.email_verified_at is not null`,
  },
  {
    // Every step up leads to an older user, so there is no cycle.
    name: 'referrers are older than the users they referred',
    of: 'user',
    fields: ['referrer created at'],
    rows: sql`
      select u.id, array[least(p.created_at, u.created_at)] as expected, array[p.created_at] as found
      from users u join users p on p.id = u.referred_by`,
  },
  {
    name: 'codes belong to the owner of their link',
    of: 'code',
    fields: ['owner'],
    rows: sql`
      select c.code as id, array[l.user_id] as expected, array[c.user_id] as found
      from referral_codes c left join referral_links l on l.id = c.link_id`,
  },
  {
    name: 'referral status = status after the newest event',
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
    name: 'events form a chain of legal transitions',
    of: 'event',
    fields: ['from', 'legal'],
    rows: sql`
      select id::text,
        array[coalesce(before, case from_status when 'review' then 'review' else 'pending' end), 'true'] as expected,
        array[from_status, ((from_status, to_status) in (
          ('pending', 'successful'), ('pending', 'rejected'), ('pending', 'review'),
          ('review', 'pending'), ('review', 'rejected'), ('successful', 'rejected'), ('rejected', 'successful')
        ))::text] as found
      from (
        select id, from_status, to_status,
          lag(to_status) over (partition by referral_id order by id) as before
        from referral_events
      ) e`,
  },
  {
    name: 'qualifiedAt is set exactly for successful referrals',
    of: 'referral',
    fields: ['qualified'],
    rows: sql`
      select id, array[status = 'successful'] as expected, array[qualified_at is not null] as found from referrals`,
  },
];
