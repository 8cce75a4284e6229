import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // A flow is kept encrypted in the browser; here is only that it was used.
  await sql`
    create table used_sign_in_flows (
      id uuid primary key,
      used_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index used_sign_in_flows_used_idx on used_sign_in_flows (used_at)`.execute(db);
}
