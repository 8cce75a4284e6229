import type { Trx } from '@linkgrove/db';
import { sql } from 'kysely';

// Advisory lock numbers must be unique in the database.
const ROLL_UP_LOCK = 7_201_001;

export async function tryLockRollUp(trx: Trx): Promise<boolean> {
  const { rows } = await sql<{
    locked: boolean;
  }>`select pg_try_advisory_xact_lock(${ROLL_UP_LOCK}) as locked`.execute(trx);
  return rows[0]?.locked === true;
}

const SLOT = sql.raw("date_bin('15 minutes', at, '2000-01-01Z')");

/** Not an upsert of the sums: the inserted row must pass `>= 0`, and a qualification alone is one pending less. */
async function insertTotals(trx: Trx, limit: number): Promise<void> {
  await sql`
    with due as materialized (
      select link_id, referrer_id, day, at from referral_deltas order by id limit ${limit}
    ),
    daily as (
      insert into referral_daily (referrer_id, day, visits, signups, successful)
      select distinct referrer_id, day, 0, 0, 0 from due order by 1, 2
      on conflict do nothing
    ),
    slots as (
      insert into referral_slots (referrer_id, slot, visits, signups, unvisited, successful, reversed, undone)
      select distinct referrer_id, ${SLOT}, 0, 0, 0, 0, 0, 0 from due order by 1, 2
      on conflict do nothing
    )
    insert into referral_totals (link_id, referrer_id, visits, signups, pending, successful, rejected, review)
    select distinct link_id, referrer_id, 0, 0, 0, 0, 0, 0 from due
    on conflict do nothing`.execute(trx);
}

const SERIES = ['visits', 'signups', 'unvisited', 'successful', 'reversed', 'undone'];
/** A reversal is subtracted from the total, but not from the successes of a day. */
const SERIES_SUMS = sql.raw(
  `sum(visits) as visits, sum(signups) as signups, sum(unvisited) as unvisited,
  sum(successful + reversed) as successful, sum(reversed) as reversed, sum(undone) as undone`,
);
const ADDED_SERIES = sql.raw(SERIES.map((name) => `${name} = d.${name} + s.${name}`).join(', '));

/** Deletes and adds in one statement, so that a crash or a second run neither loses nor doubles a delta. */
export async function rollUpDeltaRows(trx: Trx, limit: number): Promise<number> {
  await insertTotals(trx, limit);
  const { rows } = await sql<{ moved: number }>`
    with moved as (
      delete from referral_deltas where id in (
        select d.id from referral_deltas d
          join referral_totals t using (link_id)
          join referral_daily y on y.referrer_id = d.referrer_id and y.day = d.day
          join referral_slots q on q.referrer_id = d.referrer_id and q.slot = ${SLOT}
        order by d.id limit ${limit}
      ) returning *
    ),
    sums as (
      select link_id, sum(visits) as visits, sum(signups) as signups, sum(pending) as pending,
        sum(successful) as successful, sum(rejected) as rejected, sum(review) as review, sum(missed) as missed
      from moved group by link_id
    ),
    totals as (
      update referral_totals t set
        visits = t.visits + s.visits, signups = t.signups + s.signups, pending = t.pending + s.pending,
        successful = t.successful + s.successful, rejected = t.rejected + s.rejected, review = t.review + s.review,
        missed = t.missed + s.missed
      from sums s where t.link_id = s.link_id
    ),
    daily as (
      update referral_daily d set ${ADDED_SERIES}
      from (select referrer_id, day, ${SERIES_SUMS} from moved group by 1, 2) s
      where d.referrer_id = s.referrer_id and d.day = s.day
    ),
    slots as (
      update referral_slots d set ${ADDED_SERIES}
      from (select referrer_id, ${SLOT} as slot, ${SERIES_SUMS} from moved group by 1, 2) s
      where d.referrer_id = s.referrer_id and d.slot = s.slot
    ),
    digests as (
      insert into referral_notices as n (user_id, unsent)
      select referrer_id, sum(successful) from moved
      -- Imported successes have no campaign version here, and restored ones were told of before.
      where successful > 0 and campaign_version_id is not null group by referrer_id order by referrer_id
      on conflict (user_id) do update set unsent = n.unsent + excluded.unsent
    )
    select count(*) as moved from moved`.execute(trx);
  return rows[0]?.moved ?? 0;
}
