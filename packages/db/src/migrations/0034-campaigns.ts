import { type Kysely, sql } from 'kysely';

/** Campaigns of workspaces: people who are no users refer each other to another product. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createCampaigns(db);
  await createReferrers(db);
  await shareReferralCodes(db);
  await createClicks(db);
}

/** Rows disappear together with their workspace, and in no other way. */
export async function refuseDeletion(db: Kysely<unknown>, table: string, what: string): Promise<void> {
  await sql`
    create trigger ${sql.id(`${table}_kept`)} before delete on ${sql.table(table)}
      for each row when (pg_trigger_depth() = 0) execute function refuse_update(${sql.lit(what)})`.execute(
    db,
  );
}

async function createCampaigns(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table campaigns (
      id uuid primary key,
      workspace_id uuid not null references workspaces (id) on delete cascade,
      name text not null check (length(name) between 1 and 80),
      landing_url text check (length(landing_url) between 8 and 2048),
      allowed_origins text[] not null check (cardinality(allowed_origins) <= 10),
      created_at timestamptz not null default now(),
      started_at timestamptz,
      ended_at timestamptz,
      constraint campaigns_workspace_key unique (id, workspace_id),
      constraint campaigns_ends_after_start check (ended_at is null or started_at is not null)
    )`.execute(db);
  await sql`create index campaigns_workspace_idx on campaigns (workspace_id, id)`.execute(db);

  await sql`
    create table campaign_versions (
      id uuid primary key,
      campaign_id uuid not null references campaigns (id) on delete cascade,
      version integer not null check (version > 0),
      attribution text not null check (attribution in ('first', 'last')),
      qualifies_by text not null check (qualifies_by in ('lead', 'sale')),
      reward_kind text not null check (reward_kind in ('credits', 'external')),
      referrer_credits integer not null check (referrer_credits >= 0),
      referred_credits integer not null check (referred_credits >= 0),
      basis_points integer check (basis_points between 1 and 10000),
      months integer check (months between 1 and 120),
      hold_days integer not null check (hold_days between 0 and 365),
      cap integer check (cap > 0),
      cap_period text not null check (cap_period in ('day', 'week', 'month', 'all')),
      created_by uuid references users (id),
      created_at timestamptz not null default now(),
      constraint campaign_versions_version_key unique (campaign_id, version),
      constraint campaign_versions_campaign_key unique (id, campaign_id),
      constraint campaign_versions_fixed_or_share check (basis_points is null or referrer_credits = 0),
      constraint campaign_versions_share_of_sale check (basis_points is null or qualifies_by = 'sale'),
      constraint campaign_versions_months_of_sales check (months is null or qualifies_by = 'sale')
    )`.execute(db);
  await sql`
    create trigger campaign_versions_immutable before update on campaign_versions
      for each row execute function refuse_update('a version')`.execute(db);
  await refuseDeletion(db, 'campaign_versions', 'a version');
}

async function createReferrers(db: Kysely<unknown>): Promise<void> {
  // Everyone whom a product named, as a referrer or as a customer. The order of the IDs keeps circles out.
  await sql`
    create table campaign_people (
      id bigint generated always as identity primary key,
      workspace_id uuid not null references workspaces (id) on delete cascade,
      external_id text not null check (length(external_id) between 1 and 255),
      customer_since timestamptz,
      constraint campaign_people_external_key unique (workspace_id, external_id),
      constraint campaign_people_workspace_key unique (id, workspace_id)
    )`.execute(db);
  await sql`
    create table campaign_referrers (
      id uuid primary key,
      campaign_id uuid not null,
      workspace_id uuid not null,
      person_id bigint not null,
      email text check (length(email) between 3 and 254),
      name text check (length(name) between 1 and 80),
      code text not null,
      enabled boolean not null default true,
      created_at timestamptz not null default now(),
      deleted_at timestamptz,
      constraint campaign_referrers_person_key unique (campaign_id, person_id),
      constraint campaign_referrers_campaign_key unique (id, campaign_id),
      constraint campaign_referrers_id_person_key unique (id, person_id),
      constraint campaign_referrers_forgotten
        check (deleted_at is null or (email is null and name is null and not enabled)),
      foreign key (campaign_id, workspace_id) references campaigns (id, workspace_id) on delete cascade,
      foreign key (person_id, workspace_id) references campaign_people (id, workspace_id) on delete cascade
    )`.execute(db);
  await sql`create index campaign_referrers_campaign_idx on campaign_referrers (campaign_id, id)`.execute(db);
  await sql`create index campaign_referrers_people_idx on campaign_referrers (person_id)`.execute(db);
}

/** One name space for the codes of users and of referrers. A code outlives its referrer and stays taken. */
async function shareReferralCodes(db: Kysely<unknown>): Promise<void> {
  await sql`alter table referral_codes alter column link_id drop not null`.execute(db);
  await sql`alter table referral_codes alter column user_id drop not null`.execute(db);
  await sql`alter table referral_codes add column referrer_id uuid`.execute(db);
  await sql`
    alter table referral_codes add constraint referral_codes_referrer_fkey
      foreign key (referrer_id) references campaign_referrers (id) on delete set null not valid`.execute(db);
  await sql`
    alter table referral_codes add constraint referral_codes_of_link_or_referrer
      check ((link_id is null) = (user_id is null) and num_nonnulls(link_id, referrer_id) <= 1) not valid`.execute(
    db,
  );
  await sql`alter table referral_codes validate constraint referral_codes_referrer_fkey`.execute(db);
  await sql`alter table referral_codes validate constraint referral_codes_of_link_or_referrer`.execute(db);
  await sql`create index referral_codes_referrer_idx on referral_codes (referrer_id) where referrer_id is not null`.execute(
    db,
  );
}

async function createClicks(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table campaign_clicks (
      id uuid primary key,
      referrer_id uuid not null references campaign_referrers (id) on delete cascade,
      url text check (length(url) <= 2048),
      created_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index campaign_clicks_referrer_idx on campaign_clicks (referrer_id)`.execute(db);
  await sql`create index campaign_clicks_created_idx on campaign_clicks (created_at)`.execute(db);
  // Clicks that were deleted because nothing can be attributed to them any more.
  await sql`
    create table campaign_click_days (
      referrer_id uuid not null references campaign_referrers (id) on delete cascade,
      day date not null,
      clicks integer not null check (clicks > 0),
      primary key (referrer_id, day)
    )`.execute(db);
}
