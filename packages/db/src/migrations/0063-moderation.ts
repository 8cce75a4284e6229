import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table page_reports (
      id uuid primary key,
      page_id uuid not null references pages (id) on delete cascade,
      reason text not null,
      details text constraint page_reports_details_check check (length(details) between 1 and 2000),
      email text constraint page_reports_email_check check (length(email) between 3 and 254),
      reporter_hash bytea not null constraint page_reports_reporter_hash_check check (length(reporter_hash) = 32),
      times int not null default 1 constraint page_reports_times_check check (times > 0),
      status text not null default 'open'
        constraint page_reports_status_check check (status in ('open', 'dismissed', 'acted')),
      note text constraint page_reports_note_check check (length(note) between 1 and 1000),
      created_at timestamptz not null default now(),
      reported_at timestamptz not null default now(),
      resolved_at timestamptz,
      constraint page_reports_resolution check ((status = 'open') = (resolved_at is null))
    )`.execute(db);
  // A reporter who repeats a report changes the one that is still open.
  await sql`
    create unique index page_reports_open_key on page_reports (page_id, reason, reporter_hash)
    where status = 'open'`.execute(db);
  await sql`create index page_reports_page_idx on page_reports (page_id, id)`.execute(db);
  await sql`create index page_reports_open_idx on page_reports (id) where status = 'open'`.execute(db);
  await sql`create index page_reports_email_idx on page_reports (lower(email)) where email is not null`.execute(
    db,
  );
  await sql`create index page_reports_resolved_idx on page_reports (resolved_at)`.execute(db);
  await sql`
    create table page_takedowns (
      id uuid primary key,
      page_id uuid not null references pages (id) on delete cascade,
      reason text not null,
      note text constraint page_takedowns_note_check check (length(note) between 1 and 1000),
      taken_down_at timestamptz not null default now(),
      appeal text constraint page_takedowns_appeal_check check (length(appeal) between 1 and 2000),
      appealed_at timestamptz,
      decision text constraint page_takedowns_decision_check check (decision in ('upheld', 'granted')),
      decision_note text
        constraint page_takedowns_decision_note_check check (length(decision_note) between 1 and 1000),
      decided_at timestamptz,
      restored_at timestamptz,
      constraint page_takedowns_whole_appeal check ((appeal is null) = (appealed_at is null)),
      constraint page_takedowns_whole_decision check ((decision is null) = (decided_at is null)),
      constraint page_takedowns_decides_appeals check (decision is null or appeal is not null)
    )`.execute(db);
  await sql`
    create unique index page_takedowns_standing_key on page_takedowns (page_id)
    where restored_at is null`.execute(db);
  await sql`create index page_takedowns_page_idx on page_takedowns (page_id)`.execute(db);
  await sql`
    create index page_takedowns_appeals_idx on page_takedowns (id)
    where appeal is not null and decision is null and restored_at is null`.execute(db);
  await sql`
    create table blocked_hosts (
      id uuid primary key,
      host text not null constraint blocked_hosts_host_key unique constraint blocked_hosts_host_check
        check (host = lower(host collate "C") and length(host) between 1 and 253),
      level text not null constraint blocked_hosts_level_check check (level in ('blocked', 'suspicious')),
      reason text constraint blocked_hosts_reason_check check (length(reason) between 1 and 1000),
      created_at timestamptz not null default now()
    )`.execute(db);
  await sql`alter table pages add column verified_at timestamptz`.execute(db);
}
