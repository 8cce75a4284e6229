import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table outbox add column queue text not null default 'urgent'
      constraint outbox_queue_check check (queue in ('urgent', 'bulk'))`.execute(db);
  await sql`
    create index outbox_unrelayed_by_queue_idx on outbox (queue, created_at) where relayed_at is null`.execute(
    db,
  );
  await sql`drop index outbox_unrelayed_idx`.execute(db);
  await sql`
    create index outbox_failed_idx on outbox (failed_at) where failed_at is not null and done_at is null`.execute(
    db,
  );
  await sql`
    create table leases (
      name text primary key,
      holder text not null,
      expires_at timestamptz not null
    )`.execute(db);
}
