import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';
import type { ReferralUtmReport } from './schema.ts';

const MAX_ROWS = 100;

/** Sign-ups by the parameters of the visit that was credited. */
export async function listUtmCounts(
  db: Db,
  { referrerId, days }: { referrerId: string; days: number },
): Promise<ReferralUtmReport['items']> {
  const { rows } = await sql<ReferralUtmReport['items'][number]>`
    with given as (select (now() at time zone 'utc')::date - ${days}::int + 1 as first),
    counts as (
      select source, medium, campaign, visits, 0 as signups, 0 as successful
      from referral_utm_visits, given where referrer_id = ${referrerId} and day >= given.first
      union all
      select coalesce(utm ->> 'utm_source', ''), coalesce(utm ->> 'utm_medium', ''),
        coalesce(utm ->> 'utm_campaign', ''), 0, 1, (status = 'successful')::int
      from referrals, given
      where referrer_id = ${referrerId} and utm is not null and date_referred >= given.first::timestamp at time zone 'utc'
    )
    select nullif(source, '') as source, nullif(medium, '') as medium, nullif(campaign, '') as campaign,
      sum(visits)::bigint as visits, sum(signups)::bigint as signups, sum(successful)::bigint as successful
    from counts group by 1, 2, 3
    order by sum(visits) + sum(signups) desc, 1, 2, 3 limit ${MAX_ROWS}`.execute(db);
  return rows;
}
