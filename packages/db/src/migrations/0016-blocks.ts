import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // Ranks are compared bytewise, as the code that generates them does.
  await sql`
    create table blocks (
      id uuid primary key,
      page_id uuid not null references pages (id) on delete cascade,
      type text not null
        check (type in ('link', 'heading', 'text', 'image', 'embed', 'social', 'email', 'phone')),
      rank text collate "C" not null check (length(rank) between 1 and 200),
      title text check (length(title) between 1 and 128),
      url text check (length(url) <= 2048),
      data jsonb not null,
      enabled boolean not null default true,
      starts_at timestamptz,
      ends_at timestamptz,
      pinned boolean not null default false,
      gate text check (gate in ('sensitive', '18+', '21+', '25+')),
      thumbnail_url text check (length(thumbnail_url) <= 2048),
      layout jsonb,
      version integer not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      deleted_at timestamptz,
      constraint blocks_schedule check (starts_at < ends_at)
    )`.execute(db);
  await sql`create unique index blocks_rank_key on blocks (page_id, rank) where deleted_at is null`.execute(
    db,
  );
  await sql`create index blocks_trash_idx on blocks (deleted_at) where deleted_at is not null`.execute(db);
  await sql`create index blocks_page_trash_idx on blocks (page_id, deleted_at) where deleted_at is not null`.execute(
    db,
  );
}
