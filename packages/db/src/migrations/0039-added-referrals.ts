import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // An administrator may add the referrer that a sign-up left out. Referrers stay older than the users they referred, so
  // there are still no cycles, and nobody's referrer is ever replaced.
  await sql`drop trigger users_referred_by_immutable on users`.execute(db);
  await sql`
    create function check_added_referrer() returns trigger language plpgsql as $$
    begin
      if old.referred_by is not null or not exists (
        select from users p where p.id = new.referred_by and p.id <> new.id and p.created_at <= new.created_at
      ) then
        raise exception 'referred_by of users cannot be changed' using errcode = 'integrity_constraint_violation';
      end if;
      return new;
    end $$`.execute(db);
  await sql`
    create trigger users_referred_by_added_once before update of referred_by on users
      for each row when (old.referred_by is distinct from new.referred_by)
      execute function check_added_referrer()`.execute(db);

  await sql`
    alter table referrals
      add column added_by uuid references users (id),
      add column added_reason text`.execute(db);

  // The terms of imported referrals: their rewards were paid elsewhere.
  await sql`
    insert into referral_campaigns (id, name, started_at, ended_at)
      values ('01900000-0000-7000-8000-000000000011', 'Imported referrals', now(), now())`.execute(db);
  await sql`
    insert into referral_campaign_versions (
      id, campaign_id, version, attribution, requires_page, min_age_seconds, reviews_same_domain,
      referrer_credits, referred_credits, cap_period, milestones
    ) values (
      '01900000-0000-7000-8000-000000000012', '01900000-0000-7000-8000-000000000011', 1, 'last', false, 0, false,
      0, 0, 'all', '[]'
    )`.execute(db);
}
