import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // The composite keys enforce that the referrer is the user's `referred_by` and owns the link.
  await sql`
    create table referrals (
      id uuid primary key,
      referrer_id uuid not null,
      referred_user_id uuid not null constraint referrals_referred_user_id_key unique,
      link_id uuid not null,
      status text not null default 'pending'
        check (status in ('pending', 'successful', 'rejected', 'review')),
      date_referred timestamptz not null default now(),
      qualified_at timestamptz,
      constraint referrals_qualified check ((status = 'successful') = (qualified_at is not null)),
      foreign key (referred_user_id, referrer_id) references users (id, referred_by),
      foreign key (link_id, referrer_id) references referral_links (id, user_id)
    )`.execute(db);
  await sql`create index referrals_referrer_idx on referrals (referrer_id, id desc)`.execute(db);
  await sql`create index referrals_referrer_status_idx on referrals (referrer_id, status, id desc)`.execute(
    db,
  );

  // Counts are appended here and rolled up by the worker, so that sign-ups never wait for a row lock.
  await sql`
    create table referral_deltas (
      id bigint generated always as identity primary key,
      referrer_id uuid not null,
      link_id uuid not null,
      day date not null default (now() at time zone 'utc')::date,
      visits integer not null default 0,
      signups integer not null default 0,
      pending integer not null default 0,
      successful integer not null default 0,
      rejected integer not null default 0,
      review integer not null default 0,
      constraint referral_deltas_add_up check (signups = pending + successful + rejected + review),
      foreign key (link_id, referrer_id) references referral_links (id, user_id)
    ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000)`.execute(db);
  await sql`create index referral_deltas_referrer_idx on referral_deltas (referrer_id)`.execute(db);

  await sql`
    create table referral_totals (
      link_id uuid primary key,
      referrer_id uuid not null,
      visits bigint not null check (visits >= 0),
      signups bigint not null check (signups >= 0),
      pending bigint not null check (pending >= 0),
      successful bigint not null check (successful >= 0),
      rejected bigint not null check (rejected >= 0),
      review bigint not null check (review >= 0),
      constraint referral_totals_add_up check (signups = pending + successful + rejected + review),
      foreign key (link_id, referrer_id) references referral_links (id, user_id)
    )`.execute(db);
  await sql`create index referral_totals_referrer_idx on referral_totals (referrer_id)`.execute(db);

  await sql`
    create table referral_daily (
      referrer_id uuid not null references users (id),
      day date not null,
      visits bigint not null check (visits >= 0),
      signups bigint not null check (signups >= 0),
      successful bigint not null,
      primary key (referrer_id, day)
    )`.execute(db);
}
