import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // Constant defaults rewrite no rows; `now()` is evaluated once for the few deltas that wait.
  await sql`
    alter table referral_deltas
      add column at timestamptz not null default now(),
      add column reversed integer not null default 0,
      add column undone integer not null default 0`.execute(db);
  await sql`
    update referral_deltas set at = day::timestamp at time zone 'utc' + interval '12 hours'
    where day <> (now() at time zone 'utc')::date`.execute(db);
  await sql`
    alter table referral_daily
      add column reversed bigint not null default 0 check (reversed >= 0),
      add column undone bigint not null default 0`.execute(db);
  // Reversals become a series of their own: so far they were subtracted from the successes of their day.
  await sql`
    update referral_deltas set reversed = -successful where successful < 0`.execute(db);
  await sql`
    with reversals as (
      select r.referrer_id, (e.created_at at time zone 'utc')::date as day, count(*) as count
      from referral_events e join referrals r on r.id = e.referral_id
      where e.from_status = 'successful' group by 1, 2
    ),
    pending as (
      select referrer_id, day, sum(reversed) as count from referral_deltas where reversed > 0 group by 1, 2
    )
    update referral_daily d
    set successful = d.successful + n.count, reversed = n.count
    from (
      select referrer_id, day, r.count - coalesce(p.count, 0) as count
      from reversals r left join pending p using (referrer_id, day)
    ) n
    where d.referrer_id = n.referrer_id and d.day = n.day and n.count > 0`.execute(db);
  await sql`
    insert into referral_daily as d (referrer_id, day, visits, signups, successful, undone)
    select r.referrer_id, (s.created_at at time zone 'utc')::date, 0, 0, 0, count(*)
    from referral_events e
      join referrals r on r.id = e.referral_id
      join referral_events s on s.referral_id = e.referral_id and s.to_status = 'successful'
    where e.from_status = 'successful' group by 1, 2
    on conflict (referrer_id, day) do update set undone = excluded.undone`.execute(db);

  // Quarters of an hour, since the offsets of some time zones are not whole hours.
  await sql`
    create table referral_slots (
      referrer_id uuid not null references users (id),
      slot timestamptz not null constraint referral_slots_quarter
        check (extract(epoch from slot)::bigint % 900 = 0),
      visits bigint not null check (visits >= 0),
      signups bigint not null check (signups >= 0),
      unvisited bigint not null,
      successful bigint not null,
      reversed bigint not null,
      undone bigint not null,
      primary key (referrer_id, slot)
    )`.execute(db);
  // Days from before: at noon, which is the same date in most of the world.
  await sql`
    insert into referral_slots (referrer_id, slot, visits, signups, unvisited, successful, reversed, undone)
    select referrer_id, day::timestamp at time zone 'utc' + interval '12 hours',
      visits, signups, unvisited, successful, reversed, undone
    from referral_daily order by referrer_id, day`.execute(db);
}
