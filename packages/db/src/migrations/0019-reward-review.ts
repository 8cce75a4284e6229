import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table rewards drop constraint rewards_state_check`.execute(db);
  await sql`
    alter table rewards add constraint rewards_state_check
      check (state in ('granted', 'capped', 'reversed', 'review', 'waived'))`.execute(db);
  await sql`
    create index rewards_review_idx on rewards (state, id) where state in ('review', 'reversed', 'waived')`.execute(
    db,
  );
}
