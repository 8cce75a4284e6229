import type { Trx } from '@linkgrove/db';
import { sql } from 'kysely';

/** Only one roll-up runs at a time; the number is ours alone. */
const ROLL_UP_LOCK = 7_201_001;

/** Whether this transaction may roll up; false while another process does. */
export async function tryLockRollUp(trx: Trx): Promise<boolean> {
  const { rows } = await sql<{
    locked: boolean;
  }>`select pg_try_advisory_xact_lock(${ROLL_UP_LOCK}) as locked`.execute(trx);
  return rows[0]?.locked === true;
}

/**
 * Moves the oldest `limit` deltas into the totals and the daily sums, and notes successes to tell of; returns
 * how many it moved, and whom successes were moved for. Whatever it deletes it adds in the same statement, so
 * a crash or a second run loses and doubles nothing.
 */
export async function rollUp(trx: Trx, limit: number): Promise<{ moved: number; successful: string[] }> {
  const { rows } = await sql<{ moved: number; successful: string[] }>`
    with moved as (
      delete from referral_deltas where id in (select id from referral_deltas order by id limit ${limit}) returning *
    ),
    totals as (
      insert into referral_totals as t
        (link_id, referrer_id, visits, signups, pending, successful, rejected, review)
      select link_id, referrer_id, sum(visits), sum(signups), sum(pending), sum(successful), sum(rejected), sum(review)
        from moved group by link_id, referrer_id order by link_id
      on conflict (link_id) do update set
        visits = t.visits + excluded.visits, signups = t.signups + excluded.signups,
        pending = t.pending + excluded.pending, successful = t.successful + excluded.successful,
        rejected = t.rejected + excluded.rejected, review = t.review + excluded.review
    ),
    daily as (
      insert into referral_daily as d (referrer_id, day, visits, signups, successful)
      select referrer_id, day, sum(visits), sum(signups), sum(successful)
        from moved group by referrer_id, day order by referrer_id, day
      on conflict (referrer_id, day) do update set
        visits = d.visits + excluded.visits, signups = d.signups + excluded.signups,
        successful = d.successful + excluded.successful
    ),
    successes as materialized (
      select referrer_id, sum(successful) as count from moved where successful > 0 group by referrer_id
    ),
    notices as (
      insert into referral_notices as n (user_id, unsent)
      select referrer_id, count from successes order by referrer_id
      on conflict (user_id) do update set unsent = n.unsent + excluded.unsent
    )
    select (select count(*) from moved) as moved,
      (select coalesce(json_agg(referrer_id), '[]') from successes) as successful`.execute(trx);
  return rows[0] ?? { moved: 0, successful: [] };
}

/** Those of the referrers who have reached one of these milestones and were not rewarded for it. */
export async function findUnrewarded(
  trx: Trx,
  referrerIds: string[],
  thresholds: number[],
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select r.id from unnest(${referrerIds}::uuid[]) r (id)
    where exists (
      select from unnest(${thresholds}::int[]) m (threshold)
      where m.threshold <= (select sum(t.successful) from referral_totals t where t.referrer_id = r.id)
        and not exists (
          select from rewards w where w.user_id = r.id and w.role = 'milestone' and w.threshold = m.threshold
        )
    )`.execute(trx);
  return rows.map(({ id }) => id);
}
