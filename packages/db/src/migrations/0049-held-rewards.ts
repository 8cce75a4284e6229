import { type Kysely, sql } from 'kysely';

/** Checks of stored rows and indexes follow in the next migration, which does not block. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table referral_campaign_versions
      add column hold_days integer not null default 0 check (hold_days between 0 and 365)`.execute(db);
  await sql`
    alter table rewards
      add column due_at timestamptz,
      drop constraint rewards_state_check,
      add constraint rewards_state_check
        check (state in ('pending', 'granted', 'capped', 'cancelled', 'reversed', 'review', 'waived')) not valid,
      add constraint rewards_held_until
        check (state not in ('pending', 'cancelled') or due_at is not null) not valid`.execute(db);
}
