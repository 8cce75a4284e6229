import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table pages
      add column manual_publishing boolean not null default false,
      add column draft_changed boolean not null default false`.execute(db);
  await sql`
    create table page_versions (
      id uuid primary key,
      page_id uuid not null references pages (id) on delete cascade,
      number integer not null check (number > 0),
      reason text not null check (reason in ('publish', 'restore')),
      note text constraint page_versions_note_check check (length(note) between 1 and 200),
      created_by uuid not null references users (id),
      created_at timestamptz not null default now(),
      content jsonb not null,
      constraint page_versions_number_key unique (page_id, number)
    )`.execute(db);
  await sql`create index page_versions_user_idx on page_versions (created_by)`.execute(db);
  // What visitors see of pages with manual publishing. Rows of the other pages would only repeat `pages` and `blocks`.
  await sql`
    create table live_pages (
      page_id uuid primary key references pages (id) on delete cascade,
      content jsonb not null,
      published_at timestamptz not null default now()
    )`.execute(db);
  // A later column of `blocks` with a default is null here for content that was published before.
  await sql`
    create table live_blocks (
      id uuid primary key,
      page_id uuid not null references live_pages (page_id) on delete cascade,
      position integer not null check (position > 0),
      content jsonb not null,
      constraint live_blocks_position_key unique (page_id, position)
    )`.execute(db);
}
