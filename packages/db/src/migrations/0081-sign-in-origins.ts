import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // The hashes are keyed and differ by user, so that two users cannot be seen to share a network.
  await sql`
    create table sign_in_origins (
      user_id uuid not null references users (id) on delete cascade,
      browser_hash bytea not null
        constraint sign_in_origins_browser_hash_check check (octet_length(browser_hash) = 32),
      network_hash bytea not null
        constraint sign_in_origins_network_hash_check check (octet_length(network_hash) = 32),
      browser text constraint sign_in_origins_browser_check check (length(browser) between 1 and 100),
      first_seen_at timestamptz not null default now(),
      last_seen_at timestamptz not null default now(),
      primary key (user_id, browser_hash, network_hash)
    )`.execute(db);
  await sql`create index sign_in_origins_last_seen_idx on sign_in_origins (last_seen_at)`.execute(db);
  await sql`alter table sessions add column device_hash bytea`.execute(db);
  await sql`alter table users add column unproven_until timestamptz`.execute(db);
  // Not validated, because every purpose that was allowed before still is.
  await sql`
    alter table email_tokens
      drop constraint email_tokens_purpose_check,
      add constraint email_tokens_purpose_check check (purpose in (
        'verify_email', 'reset_password', 'change_email', 'undo_email_change', 'sign_in', 'account_invitation',
        'report_sign_in'))
        not valid`.execute(db);
}
