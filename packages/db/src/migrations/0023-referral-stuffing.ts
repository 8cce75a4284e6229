import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // The visits that were credited, so that a copied cookie credits nobody a second time.
  await sql`
    create table used_attributions (
      id uuid primary key,
      used_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index used_attributions_used_idx on used_attributions (used_at)`.execute(db);

  await sql`
    create index users_domain_idx on users ((split_part(email_canonical, '@', 2)), created_at)`.execute(db);

  await sql`
    alter table referral_campaign_versions
      add column auto_approve_limit integer check (auto_approve_limit > 0)`.execute(db);

  // How many referrers have each count, for the ranks of users below the rows that the leaderboard keeps.
  await sql`
    create table referral_leaderboard_ranks (
      period text not null check (period in ('all', 'month', 'week')),
      successful bigint not null check (successful > 0),
      referrers bigint not null check (referrers > 0),
      primary key (period, successful)
    )`.execute(db);
}
