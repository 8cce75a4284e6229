import { type Kysely, sql } from 'kysely';

/** Checks of stored rows and indexes follow in the next migration, which does not block. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table rewards
      add column reason text,
      add column decided_by uuid references users (id),
      add column restored_at timestamptz`.execute(db);

  // `root_reward_id` is the reward at the start of a chain: a reversal takes an entry back, a restoration a reversal.
  await sql`
    alter table credit_entries
      add column root_reward_id uuid references rewards (id),
      add column reason text,
      add column actor_id uuid references users (id),
      drop constraint credit_entries_kind_check,
      drop constraint credit_entries_earned_or_spent,
      add constraint credit_entries_kind_check
        check (kind in ('reward', 'redemption', 'reversal', 'restoration', 'grant', 'deduction')) not valid,
      add constraint credit_entries_earned_or_spent check (
        (kind in ('reward', 'restoration', 'grant')) = (amount > 0)
        and (kind = 'reward') = (reward_id is not null)
        and (kind = 'redemption') = (item is not null)
        and (kind in ('reversal', 'restoration')) = (reverses_id is not null)
      ) not valid,
      add constraint credit_entries_by_hand check (
        (kind in ('grant', 'deduction')) = (reason is not null and actor_id is not null)
      ) not valid`.execute(db);

  await sql`
    alter table referral_events
      add column cause text,
      drop constraint referral_events_legal,
      add constraint referral_events_legal check ((from_status, to_status) in (
        ('pending', 'successful'), ('pending', 'rejected'), ('pending', 'review'),
        ('review', 'pending'), ('review', 'rejected'),
        ('successful', 'rejected'), ('rejected', 'successful')
      )) not valid,
      add constraint referral_events_cause_check check (cause in ('refund', 'fraud', 'other')) not valid,
      add constraint referral_events_cause_of_reversal
        check (cause is null or from_status = 'successful') not valid`.execute(db);
  await sql`drop trigger referrals_legal_moves on referrals`.execute(db);
  await sql`
    create trigger referrals_legal_moves before update of status on referrals for each row
      when (old.status is distinct from new.status and (old.status, new.status) not in (
        ('pending', 'successful'), ('pending', 'rejected'), ('pending', 'review'),
        ('review', 'pending'), ('review', 'rejected'),
        ('successful', 'rejected'), ('rejected', 'successful')
      ))
      execute function refuse_illegal_move()`.execute(db);
  await sql`
    create function require_earlier_success() returns trigger language plpgsql as $$
    begin
      if not exists (select from referral_events e where e.referral_id = new.id and e.from_status = 'successful') then
        raise exception 'a referral cannot go from % to %', old.status, new.status
          using errcode = 'integrity_constraint_violation';
      end if;
      return new;
    end $$`.execute(db);
  await sql`
    create trigger referrals_restored before update of status on referrals for each row
      when (old.status = 'rejected' and new.status = 'successful')
      execute function require_earlier_success()`.execute(db);
}
