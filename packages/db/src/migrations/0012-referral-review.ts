import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table referral_events (
      id bigint generated always as identity primary key,
      referral_id uuid not null references referrals (id),
      from_status text not null,
      to_status text not null,
      reason text,
      actor_id uuid references users (id),
      created_at timestamptz not null default now(),
      constraint referral_events_legal check ((from_status, to_status) in (
        ('pending', 'successful'), ('pending', 'rejected'), ('pending', 'review'),
        ('review', 'pending'), ('review', 'rejected'),
        ('successful', 'rejected')
      ))
    )`.execute(db);
  await sql`create index referral_events_referral_idx on referral_events (referral_id, id)`.execute(db);
  await sql`
    insert into referral_events (referral_id, from_status, to_status, created_at)
    select id, 'pending', status, coalesce(qualified_at, date_referred) from referrals where status <> 'pending'`.execute(
    db,
  );
  await sql`
    create trigger referral_events_append_only before update or delete on referral_events
      for each row execute function refuse_update('an event')`.execute(db);
  await sql`
    create function refuse_illegal_move() returns trigger language plpgsql as $$
    begin
      raise exception 'a referral cannot go from % to %', old.status, new.status
        using errcode = 'integrity_constraint_violation';
    end $$`.execute(db);
  await sql`
    create trigger referrals_legal_moves before update of status on referrals for each row
      when (old.status is distinct from new.status and (old.status, new.status) not in (
        ('pending', 'successful'), ('pending', 'rejected'), ('pending', 'review'),
        ('review', 'pending'), ('review', 'rejected'),
        ('successful', 'rejected')
      ))
      execute function refuse_illegal_move()`.execute(db);

  await createHashTables(db);
}

// Keyed hashes that can show that two accounts belong to one person. Each is deleted when no longer needed.
async function createHashTables(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table previous_emails (
      user_id uuid not null references users (id),
      email_hmac bytea not null check (octet_length(email_hmac) = 32),
      created_at timestamptz not null default now(),
      primary key (user_id, email_hmac)
    )`.execute(db);
  await sql`
    create table user_devices (
      device_hash bytea not null check (octet_length(device_hash) = 32),
      user_id uuid not null references users (id),
      last_seen_at timestamptz not null default now(),
      primary key (device_hash, user_id)
    )`.execute(db);
  await sql`create index user_devices_user_idx on user_devices (user_id)`.execute(db);
  await sql`create index user_devices_last_seen_idx on user_devices (last_seen_at)`.execute(db);
  await sql`
    create table referral_networks (
      referral_id uuid primary key references referrals (id),
      referrer_id uuid not null,
      network_hash bytea not null check (octet_length(network_hash) = 32),
      created_at timestamptz not null default now()
    )`.execute(db);
  await sql`
    create index referral_networks_referrer_idx on referral_networks (referrer_id, network_hash, created_at desc)`.execute(
    db,
  );
  await sql`create index referral_networks_created_idx on referral_networks (created_at)`.execute(db);

  await sql`
    alter table sessions add column network_hash bytea check (octet_length(network_hash) = 32)`.execute(db);
  await sql`create index sessions_network_idx on sessions (user_id, network_hash)`.execute(db);
  // Different spellings of one address may sign up, but earn no rewards.
  await sql`create index users_email_canonical_idx on users (email_canonical)`.execute(db);

  // Hashed with a salt that is deleted after its day. Unlogged: a crash only counts some reloads twice.
  await sql`
    create table visitor_salts (
      day date primary key,
      salt bytea not null check (octet_length(salt) = 32)
    )`.execute(db);
  await sql`
    create unlogged table referral_visitors (
      visitor_hash bytea primary key,
      seen_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index referral_visitors_seen_idx on referral_visitors (seen_at)`.execute(db);
}
