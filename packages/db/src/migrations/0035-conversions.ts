import { type Kysely, sql } from 'kysely';
import { refuseDeletion } from './0034-campaigns.ts';

/** What a product reports, and what follows from it in the campaigns of its workspace. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createConversions(db);
  await createReferrals(db);
  await createRewards(db);
  await createLedger(db);
}

async function createConversions(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table conversions (
      id uuid primary key,
      workspace_id uuid not null,
      person_id bigint not null,
      type text not null check (type in ('lead', 'sale')),
      event_name text not null check (length(event_name) between 1 and 255),
      amount bigint check (amount >= 0),
      currency text check (currency ~ '^[A-Z]{3}$'),
      request_hash bytea not null check (octet_length(request_hash) = 32),
      created_at timestamptz not null default now(),
      refunded_at timestamptz,
      constraint conversions_event_key unique (person_id, event_name),
      constraint conversions_amount_of_sale check (
        case type when 'sale' then amount is not null and currency is not null
          else amount is null and currency is null and refunded_at is null end
      ),
      foreign key (person_id, workspace_id) references campaign_people (id, workspace_id) on delete cascade
    )`.execute(db);
  await sql`create index conversions_workspace_idx on conversions (workspace_id, id)`.execute(db);
  await refuseDeletion(db, 'conversions', 'a conversion');
}

async function createReferrals(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table campaign_referrals (
      id uuid primary key,
      workspace_id uuid not null,
      campaign_id uuid not null,
      version_id uuid not null,
      referrer_id uuid not null,
      referrer_person_id bigint not null,
      person_id bigint not null constraint campaign_referrals_person_key unique,
      click_id uuid,
      status text not null check (status in ('pending', 'successful', 'rejected', 'review')),
      reason text,
      date_referred timestamptz not null default now(),
      qualified_at timestamptz,
      qualified_by uuid references conversions (id) on delete cascade,
      constraint campaign_referrals_qualified check ((status = 'successful') = (qualified_at is not null)),
      constraint campaign_referrals_acyclic check (status = 'rejected' or referrer_person_id < person_id),
      foreign key (person_id, workspace_id) references campaign_people (id, workspace_id) on delete cascade,
      foreign key (referrer_id, referrer_person_id) references campaign_referrers (id, person_id) on delete cascade,
      foreign key (referrer_id, campaign_id) references campaign_referrers (id, campaign_id) on delete cascade,
      foreign key (version_id, campaign_id) references campaign_versions (id, campaign_id) on delete cascade
    )`.execute(db);
  await sql`create index campaign_referrals_campaign_idx on campaign_referrals (campaign_id, id)`.execute(db);
  await sql`create index campaign_referrals_referrer_idx on campaign_referrals (referrer_id, id)`.execute(db);
  await sql`
    create trigger campaign_referrals_legal_moves before update of status on campaign_referrals for each row
      when (old.status is distinct from new.status and (old.status, new.status) not in (
        ('pending', 'successful'), ('pending', 'rejected'), ('pending', 'review'),
        ('review', 'pending'), ('review', 'rejected'), ('successful', 'rejected')
      ))
      execute function refuse_illegal_move()`.execute(db);
  await refuseDeletion(db, 'campaign_referrals', 'a referral');

  await sql`
    create table campaign_referral_events (
      id bigint generated always as identity primary key,
      referral_id uuid not null references campaign_referrals (id) on delete cascade,
      from_status text not null,
      to_status text not null,
      reason text,
      actor_id uuid references users (id),
      created_at timestamptz not null default now(),
      constraint campaign_referral_events_legal check ((from_status, to_status) in (
        ('pending', 'successful'), ('pending', 'rejected'), ('pending', 'review'),
        ('review', 'pending'), ('review', 'rejected'), ('successful', 'rejected')
      ))
    )`.execute(db);
  await sql`
    create index campaign_referral_events_referral_idx on campaign_referral_events (referral_id, id)`.execute(
    db,
  );
  await sql`
    create trigger campaign_referral_events_append_only before update on campaign_referral_events
      for each row execute function refuse_update('an event')`.execute(db);
  await refuseDeletion(db, 'campaign_referral_events', 'an event');
}

async function createRewards(db: Kysely<unknown>): Promise<void> {
  // The recipient is the referrer, or the referral of a rewarded customer.
  await sql`
    create table campaign_rewards (
      id uuid primary key,
      campaign_id uuid not null references campaigns (id) on delete cascade,
      referral_id uuid not null references campaign_referrals (id) on delete cascade,
      referrer_id uuid not null references campaign_referrers (id) on delete cascade,
      conversion_id uuid not null references conversions (id) on delete cascade,
      role text not null check (role in ('referrer', 'referred')),
      recipient_id uuid not null generated always as (
        case role when 'referrer' then referrer_id else referral_id end
      ) stored,
      kind text not null check (kind in ('credits', 'external')),
      unit text not null check (unit = 'credits' or unit ~ '^[A-Z]{3}$'),
      amount bigint not null check (amount > 0),
      recurring boolean not null,
      state text not null default 'pending' check (
        state in ('pending', 'granted', 'fulfilled', 'capped', 'cancelled', 'reversed', 'review', 'waived')
      ),
      cap_period text,
      due_at timestamptz not null,
      granted_at timestamptz,
      fulfilled_at timestamptz,
      created_at timestamptz not null default now(),
      constraint campaign_rewards_conversion_key unique (conversion_id, role),
      constraint campaign_rewards_granted check (
        (state in ('pending', 'capped', 'cancelled')) = (granted_at is null)
      ),
      constraint campaign_rewards_fulfilled check (
        case when fulfilled_at is null then state <> 'fulfilled' else kind = 'external' and granted_at is not null end
      )
    )`.execute(db);
  await sql`
    create unique index campaign_rewards_once_key on campaign_rewards (referral_id, role) where not recurring`.execute(
    db,
  );
  await sql`create index campaign_rewards_due_idx on campaign_rewards (due_at) where state = 'pending'`.execute(
    db,
  );
  await sql`create index campaign_rewards_campaign_idx on campaign_rewards (campaign_id, id)`.execute(db);
  await sql`create index campaign_rewards_referrer_idx on campaign_rewards (referrer_id, id)`.execute(db);
  await refuseDeletion(db, 'campaign_rewards', 'a reward');

  await sql`
    create table campaign_caps (
      referrer_id uuid not null references campaign_referrers (id) on delete cascade,
      period text not null,
      granted integer not null,
      cap integer not null,
      primary key (referrer_id, period),
      constraint campaign_caps_within_cap check (granted between 0 and cap)
    )`.execute(db);
}

async function createLedger(db: Kysely<unknown>): Promise<void> {
  // The ledger: what a recipient is owed in a unit is the sum.
  await sql`
    create table campaign_entries (
      id uuid primary key,
      campaign_id uuid not null references campaigns (id) on delete cascade,
      recipient_id uuid not null,
      unit text not null,
      amount bigint not null check (amount <> 0),
      kind text not null check (kind in ('reward', 'fulfilment', 'redemption', 'reversal')),
      reward_id uuid references campaign_rewards (id) on delete cascade,
      reverses_id uuid constraint campaign_entries_reverses_key unique references campaign_entries (id) on delete cascade,
      external_id text check (length(external_id) between 1 and 255),
      created_at timestamptz not null default now(),
      constraint campaign_entries_redemption_key unique (recipient_id, external_id),
      constraint campaign_entries_shape check (
        case kind
          when 'reward' then amount > 0 and reward_id is not null and reverses_id is null and external_id is null
          when 'fulfilment' then amount < 0 and reward_id is not null and reverses_id is null and external_id is null
          when 'redemption' then amount < 0 and reward_id is null and reverses_id is null and external_id is not null
          else reward_id is not null and reverses_id is not null and external_id is null
        end
      )
    )`.execute(db);
  await sql`
    create unique index campaign_entries_reward_key on campaign_entries (reward_id, kind) where kind <> 'reversal'`.execute(
    db,
  );
  await sql`create index campaign_entries_recipient_idx on campaign_entries (recipient_id, id)`.execute(db);
  await sql`create index campaign_entries_campaign_idx on campaign_entries (campaign_id)`.execute(db);
  await sql`
    create trigger campaign_entries_append_only before update on campaign_entries
      for each row execute function refuse_update('an entry')`.execute(db);
  await refuseDeletion(db, 'campaign_entries', 'an entry');

  await sql`
    create table campaign_balances (
      campaign_id uuid not null references campaigns (id) on delete cascade,
      recipient_id uuid not null,
      unit text not null,
      balance bigint not null constraint campaign_balances_not_negative check (balance >= 0),
      primary key (recipient_id, unit)
    )`.execute(db);
  await sql`create index campaign_balances_campaign_idx on campaign_balances (campaign_id)`.execute(db);
}
