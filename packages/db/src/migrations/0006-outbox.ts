import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table outbox (
      id uuid primary key,
      topic text not null,
      payload jsonb not null,
      created_at timestamptz not null default now(),
      relayed_at timestamptz,
      done_at timestamptz,
      failed_at timestamptz,
      last_error text
    )`.execute(db);
  await sql`create index outbox_unrelayed_idx on outbox (created_at) where relayed_at is null`.execute(db);
  await sql`
    create index outbox_open_idx on outbox (relayed_at)
      where done_at is null and failed_at is null`.execute(db);
}
