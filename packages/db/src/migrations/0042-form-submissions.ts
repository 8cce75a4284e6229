import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // Without a reference to the block: what people entered outlives it.
  await sql`
    create table form_submissions (
      id uuid primary key,
      page_id uuid not null references pages (id) on delete cascade,
      block_id uuid not null,
      state text not null check (state in ('received', 'pending', 'confirmed')),
      fields jsonb not null,
      consent text,
      mailbox_hash bytea,
      token_hash bytea,
      created_at timestamptz not null default now(),
      mailed_at timestamptz,
      confirmed_at timestamptz,
      constraint form_submissions_confirmation check ((state = 'received') = (token_hash is null))
    )`.execute(db);
  await sql`create index form_submissions_page_idx on form_submissions (page_id, id desc)`.execute(db);
  await sql`create unique index form_submissions_mailbox_key on form_submissions (block_id, mailbox_hash)`.execute(
    db,
  );
  await sql`create unique index form_submissions_token_key on form_submissions (token_hash)`.execute(db);
  await sql`
    create index form_submissions_mailed_idx on form_submissions (mailbox_hash, mailed_at)
    where mailbox_hash is not null`.execute(db);
  await sql`create index form_submissions_created_idx on form_submissions (created_at)`.execute(db);
}
