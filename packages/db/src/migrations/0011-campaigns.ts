import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table referral_campaigns (
      id uuid primary key,
      name text not null check (length(name) between 1 and 80),
      created_at timestamptz not null default now(),
      started_at timestamptz,
      ended_at timestamptz,
      constraint referral_campaigns_ends_after_start check (ended_at is null or started_at is not null)
    )`.execute(db);
  await sql`
    create unique index referral_campaigns_running_key on referral_campaigns ((true))
      where started_at is not null and ended_at is null`.execute(db);

  await sql`
    create table referral_campaign_versions (
      id uuid primary key,
      campaign_id uuid not null references referral_campaigns (id),
      version integer not null check (version > 0),
      attribution text not null check (attribution in ('first', 'last')),
      requires_page boolean not null,
      min_age_seconds integer not null check (min_age_seconds >= 0),
      reviews_same_domain boolean not null,
      referrer_credits integer not null check (referrer_credits >= 0),
      referred_credits integer not null check (referred_credits >= 0),
      cap integer check (cap > 0),
      cap_period text not null check (cap_period in ('day', 'week', 'month', 'all')),
      milestones jsonb not null check (jsonb_typeof(milestones) = 'array'),
      created_by uuid references users (id),
      created_at timestamptz not null default now(),
      constraint referral_campaign_versions_version_key unique (campaign_id, version)
    )`.execute(db);
  await sql`
    create trigger referral_campaign_versions_immutable before update or delete on referral_campaign_versions
      for each row execute function refuse_update('a version')`.execute(db);

  await sql`
    insert into referral_campaigns (id, name, started_at)
      values ('01900000-0000-7000-8000-000000000001', 'Invite your friends', now())`.execute(db);
  // Version 1 holds the terms from before campaigns existed. New sign-ups use version 2.
  await sql`
    insert into referral_campaign_versions (
      id, campaign_id, version, attribution, requires_page, min_age_seconds, reviews_same_domain,
      referrer_credits, referred_credits, cap_period, milestones
    ) values (
      '01900000-0000-7000-8000-000000000003', '01900000-0000-7000-8000-000000000001', 1, 'last', false, 0, false,
      10, 0, 'all', '[]'
    ), (
      '01900000-0000-7000-8000-000000000002', '01900000-0000-7000-8000-000000000001', 2, 'last', false, 0, false,
      10, 5, 'all',
      '[{"referrals": 5, "credits": 25}, {"referrals": 10, "credits": 50}, {"referrals": 25, "credits": 150}]'
    )`.execute(db);

  await sql`
    alter table referrals
      add column campaign_version_id uuid references referral_campaign_versions (id),
      add column reason text,
      add column risk smallint not null default 0 check (risk >= 0),
      add column signals text[] not null default '{}',
      add column utm jsonb,
      add column due_at timestamptz`.execute(db);
  await sql`update referrals set campaign_version_id = '01900000-0000-7000-8000-000000000003'`.execute(db);
  await sql`alter table referrals alter column campaign_version_id set not null`.execute(db);
  await sql`alter table referral_deltas add column campaign_version_id uuid`.execute(db);
  await sql`
    create index referrals_due_idx on referrals (due_at) where status = 'pending' and due_at is not null`.execute(
    db,
  );
  await sql`create index referrals_review_idx on referrals (id) where status = 'review'`.execute(db);
  await sql`create index referrals_rejected_idx on referrals (id) where status = 'rejected'`.execute(db);
}
