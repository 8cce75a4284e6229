import type { Trx } from '@linkgrove/db';
import { sql } from 'kysely';

/** Places of links that nobody uses: of unverified users after `days`, and of rejected referrals if only successes count. */
export async function returnUnusedPlaces(
  trx: Trx,
  { days, limit }: { days: number; limit: number },
): Promise<number> {
  const { rows } = await sql<{ returned: number }>`
    with unused as (
      select r.id from referrals r
        join referral_links l on l.id = r.link_id
        join users u on u.id = r.referred_user_id
      where r.took_use and r.status in ('pending', 'review', 'rejected') and (
        (u.email_verified_at is null and r.date_referred < now() - make_interval(days => ${days}))
        or (l.uses_of = 'successes' and r.status = 'rejected')
      )
      limit ${limit} for update of r skip locked
    ),
    returned as (
      update referrals set took_use = false where id in (select id from unused) returning link_id
    ),
    links as (
      update referral_links l set uses = l.uses - n.count
      from (select link_id, count(*)::int as count from returned group by link_id) n where l.id = n.link_id
    )
    select count(*) as returned from returned`.execute(trx);
  return rows[0]?.returned ?? 0;
}
