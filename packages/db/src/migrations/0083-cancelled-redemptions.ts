import { type Kysely, sql } from 'kysely';

/** Checks of stored rows follow in the next migration, which does not block. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table credit_entries
      drop constraint credit_entries_kind_check,
      drop constraint credit_entries_earned_or_spent,
      add constraint credit_entries_kind_check check (kind in (
        'reward', 'redemption', 'cancellation', 'reversal', 'restoration', 'grant', 'deduction'
      )) not valid,
      add constraint credit_entries_earned_or_spent check (
        (kind in ('reward', 'cancellation', 'restoration', 'grant')) = (amount > 0)
        and (kind = 'reward') = (reward_id is not null)
        and (kind = 'redemption') = (item is not null)
        and (kind in ('cancellation', 'reversal', 'restoration')) = (reverses_id is not null)
      ) not valid`.execute(db);
  await sql`
    alter table redemptions
      add column cancelled_at timestamptz,
      add column cancelled_by uuid references users (id),
      drop constraint redemptions_state_check,
      add constraint redemptions_state_check check (state in ('open', 'fulfilled', 'cancelled')) not valid,
      add constraint redemptions_cancelled check ((state = 'cancelled') = (cancelled_at is not null)) not valid`.execute(
    db,
  );
}
