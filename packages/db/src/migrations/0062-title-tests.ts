import { type Kysely, sql } from 'kysely';

/** Counts have a row per title, written once a batch, as visitors of one page come in bursts. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table blocks add column title_test jsonb`.execute(db);
  await sql`
    create table title_test_counts (
      block_id uuid not null references blocks (id) on delete cascade,
      test_id uuid not null,
      variant text not null check (variant in ('a', 'b')),
      views bigint not null check (views >= 0),
      clicks bigint not null check (clicks >= 0),
      first_at timestamptz not null default now(),
      primary key (block_id, test_id, variant)
    )`.execute(db);
}
