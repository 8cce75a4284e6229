import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table email_tokens (
      id uuid primary key,
      user_id uuid not null references users (id),
      purpose text not null check (purpose in ('verify_email', 'reset_password')),
      email text not null,
      token_hash bytea not null constraint email_tokens_hash_key unique check (octet_length(token_hash) = 32),
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      used_at timestamptz
    )`.execute(db);
  await sql`
    create unique index email_tokens_one_live_key on email_tokens (user_id, purpose)
      where used_at is null`.execute(db);
}
