import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // Each live page takes one of its owner's 20 slots, so that no race can create a 21st page.
  await sql`
    create table pages (
      id uuid primary key,
      user_id uuid not null references users (id),
      slot integer not null constraint pages_at_most_20 check (slot between 1 and 20),
      handle text not null check (handle ~ '^[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?=[A-Za-z0-9])){2,29}$'),
      title text not null check (length(title) between 1 and 128),
      bio text check (length(bio) between 1 and 256),
      avatar_url text check (length(avatar_url) <= 2048),
      theme jsonb not null,
      seo jsonb not null,
      published boolean not null default false,
      block_count integer not null default 0
        constraint pages_at_most_200_blocks check (block_count between 0 and 200),
      version integer not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      deleted_at timestamptz,
      constraint pages_id_user_id_key unique (id, user_id)
    )`.execute(db);
  await sql`create unique index pages_slot_key on pages (user_id, slot) where deleted_at is null`.execute(db);
  await sql`create index pages_user_idx on pages (user_id, id)`.execute(db);
  await sql`create index pages_trash_idx on pages (deleted_at) where deleted_at is not null`.execute(db);
}
