import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table sessions (
      id uuid primary key,
      user_id uuid not null references users (id),
      user_agent text check (length(user_agent) <= 512),
      ip text,
      created_at timestamptz not null default now(),
      last_used_at timestamptz not null default now(),
      expires_at timestamptz not null,
      ended_at timestamptz
    )`.execute(db);
  await sql`create index sessions_live_idx on sessions (user_id) where ended_at is null`.execute(db);

  // Used tokens stay until the session is deleted: if one is used again, it was stolen.
  await sql`
    create table refresh_tokens (
      token_hash bytea primary key check (octet_length(token_hash) = 32),
      session_id uuid not null references sessions (id) on delete cascade,
      created_at timestamptz not null default now(),
      rotated_at timestamptz
    )`.execute(db);
  await sql`
    create unique index refresh_tokens_one_live_key on refresh_tokens (session_id)
      where rotated_at is null`.execute(db);
}
