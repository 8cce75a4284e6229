import { type Kysely, sql } from 'kysely';

/** Checks of stored rows and the new unique index follow in the next migration, which does not block. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table referral_campaigns
      add column audience text not null default 'everyone',
      add column group_name text,
      add column starts_at timestamptz,
      add column ends_at timestamptz,
      add column paused_at timestamptz,
      add constraint referral_campaigns_audience_check
        check (audience in ('everyone', 'group', 'users', 'nobody')) not valid,
      add constraint referral_campaigns_group check ((audience = 'group') = (group_name is not null)) not valid,
      add constraint referral_campaigns_pauses_while_running
        check (paused_at is null or (started_at is not null and ended_at is null)) not valid,
      add constraint referral_campaigns_times check (ends_at > starts_at) not valid`.execute(db);
  await sql`
    create table referral_campaign_users (
      campaign_id uuid not null references referral_campaigns (id),
      user_id uuid not null references users (id),
      primary key (campaign_id, user_id)
    )`.execute(db);
  await sql`create index referral_campaign_users_user_idx on referral_campaign_users (user_id)`.execute(db);
  await sql`
    create table referrer_group_members (
      group_name text not null
        constraint referrer_group_members_group_name_check check (group_name ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
      user_id uuid not null references users (id),
      created_at timestamptz not null default now(),
      primary key (group_name, user_id)
    )`.execute(db);
  await sql`create index referrer_group_members_user_idx on referrer_group_members (user_id)`.execute(db);

  // The terms of referrals made while no campaign applies: they pay nothing. Ended, so that it never runs for everyone.
  await sql`
    insert into referral_campaigns (id, name, audience, started_at, ended_at)
      values ('01900000-0000-7000-8000-000000000021', 'No campaign', 'nobody', now(), now())`.execute(db);
  await sql`
    insert into referral_campaign_versions (
      id, campaign_id, version, attribution, requires_page, min_age_seconds, reviews_same_domain,
      referrer_credits, referred_credits, cap_period, milestones
    ) values (
      '01900000-0000-7000-8000-000000000022', '01900000-0000-7000-8000-000000000021', 1, 'last', false, 0, false,
      0, 0, 'all', '[]'
    )`.execute(db);
}
