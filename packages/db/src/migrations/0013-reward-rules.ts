import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table rewards
      alter column referral_id drop not null,
      add column campaign_id uuid references referral_campaigns (id),
      add column threshold integer check (threshold > 0),
      add column state text not null default 'granted'
        check (state in ('granted', 'capped', 'reversed', 'review')),
      add column cap_period text`.execute(db);
  await sql`update rewards set campaign_id = '01900000-0000-7000-8000-000000000001'`.execute(db);
  await sql`alter table rewards drop constraint rewards_role_check`.execute(db);
  await sql`
    alter table rewards
      alter column campaign_id set not null,
      add constraint rewards_role_check check (role in ('referrer', 'referred', 'milestone')),
      add constraint rewards_of_referral_or_milestone check (
        case role when 'milestone' then referral_id is null and threshold is not null
          else referral_id is not null and threshold is null end
      ),
      add constraint rewards_milestone_key unique (user_id, threshold)`.execute(db);

  await sql`
    create table reward_caps (
      user_id uuid not null references users (id),
      campaign_id uuid not null references referral_campaigns (id),
      period text not null,
      granted integer not null,
      cap integer not null,
      primary key (user_id, campaign_id, period),
      constraint reward_caps_within_cap check (granted between 0 and cap)
    )`.execute(db);

  await sql`alter table credit_entries drop constraint credit_entries_kind_check`.execute(db);
  await sql`alter table credit_entries drop constraint credit_entries_earned_or_spent`.execute(db);
  await sql`
    alter table credit_entries
      add column reverses_id uuid constraint credit_entries_reverses_id_key unique references credit_entries (id),
      add constraint credit_entries_kind_check check (kind in ('reward', 'redemption', 'reversal')),
      add constraint credit_entries_earned_or_spent check (
        case kind
          when 'reward' then amount > 0 and reward_id is not null and item is null and reverses_id is null
          when 'redemption' then amount < 0 and reward_id is null and item is not null and reverses_id is null
          else amount < 0 and reward_id is null and item is null and reverses_id is not null
        end
      )`.execute(db);

  // Credits earned since the last settlement. With the settled sums in credit_accounts they give the balance.
  await sql`
    create table credit_deltas (
      id bigint generated always as identity primary key,
      user_id uuid not null references users (id),
      amount integer not null check (amount > 0)
    ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000)`.execute(db);
  await sql`create index credit_deltas_user_idx on credit_deltas (user_id)`.execute(db);
  await sql`
    alter table credit_accounts add column earned bigint not null default 0 check (earned >= 0)`.execute(db);
  await sql`
    insert into credit_accounts (user_id, balance, earned)
      select user_id, sum(amount), coalesce(sum(amount) filter (where kind = 'reward'), 0)
      from credit_entries group by user_id
    on conflict (user_id) do update set balance = excluded.balance, earned = excluded.earned`.execute(db);
  await sql`alter table credit_accounts alter column earned drop default`.execute(db);

  await sql`create index users_leaderboard_idx on users (id) where leaderboard`.execute(db);

  await sql`
    create table referral_notices (
      user_id uuid primary key references users (id),
      unsent integer not null check (unsent >= 0),
      sent_at timestamptz
    )`.execute(db);
  await sql`create index referral_notices_unsent_idx on referral_notices (sent_at) where unsent > 0`.execute(
    db,
  );
  await sql`alter table users add column referral_mail boolean not null default true`.execute(db);
}
