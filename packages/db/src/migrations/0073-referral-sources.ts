import { type Kysely, sql } from 'kysely';

/** `referrals.page_id` has no foreign key: a referral outlives the page that brought it. Checks are validated next. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table pages add column made_with boolean not null default false`.execute(db);
  await sql`
    alter table referrals
      add column source text not null default 'link',
      add column page_id uuid,
      add constraint referrals_source_check check (source in ('link', 'page', 'qr')) not valid,
      add constraint referrals_of_page check ((source = 'page') = (page_id is not null)) not valid`.execute(
    db,
  );

  // Only of sources other than the link itself: what they leave of its counts is its own.
  await sql`
    create table referral_source_deltas (
      id bigint generated always as identity primary key,
      referrer_id uuid not null,
      link_id uuid not null,
      source text not null constraint referral_source_deltas_source_check check (source in ('page', 'qr')),
      page_id uuid,
      visits integer not null default 0,
      signups integer not null default 0,
      successful integer not null default 0,
      constraint referral_source_deltas_of_page check ((source = 'page') = (page_id is not null)),
      foreign key (link_id, referrer_id) references referral_links (id, user_id)
    ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000)`.execute(db);
  await sql`
    create index referral_source_deltas_referrer_idx on referral_source_deltas (referrer_id)`.execute(db);
  await sql`
    create table referral_source_totals (
      referrer_id uuid not null,
      link_id uuid not null,
      source text not null constraint referral_source_totals_source_check check (source in ('page', 'qr')),
      page_id uuid,
      visits bigint not null constraint referral_source_totals_visits_check check (visits >= 0),
      signups bigint not null constraint referral_source_totals_signups_check check (signups >= 0),
      successful bigint not null
        constraint referral_source_totals_successful_check check (successful between 0 and signups),
      constraint referral_source_totals_of_page check ((source = 'page') = (page_id is not null)),
      constraint referral_source_totals_key unique nulls not distinct (link_id, source, page_id),
      foreign key (link_id, referrer_id) references referral_links (id, user_id)
    )`.execute(db);
  await sql`
    create index referral_source_totals_referrer_idx on referral_source_totals (referrer_id)`.execute(db);

  // Sign-ups, decisions, reversals and removals all come through here, whichever statement makes them.
  await sql`
    create function count_referral_source() returns trigger language plpgsql as $$
    begin
      if tg_op = 'INSERT' then
        insert into referral_source_deltas (referrer_id, link_id, source, page_id, signups, successful)
        values (new.referrer_id, new.link_id, new.source, new.page_id, 1, (new.status = 'successful')::int);
      elsif tg_op = 'DELETE' then
        insert into referral_source_deltas (referrer_id, link_id, source, page_id, signups, successful)
        values (old.referrer_id, old.link_id, old.source, old.page_id, -1, -(old.status = 'successful')::int);
      else
        insert into referral_source_deltas (referrer_id, link_id, source, page_id, successful)
        values (new.referrer_id, new.link_id, new.source, new.page_id,
          (new.status = 'successful')::int - (old.status = 'successful')::int);
      end if;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger referrals_source_inserted after insert on referrals
    for each row when (new.source <> 'link') execute function count_referral_source()`.execute(db);
  await sql`
    create trigger referrals_source_moved after update of status on referrals
    for each row
    when (new.source <> 'link' and (new.status = 'successful') <> (old.status = 'successful'))
    execute function count_referral_source()`.execute(db);
  await sql`
    create trigger referrals_source_deleted after delete on referrals
    for each row when (old.source <> 'link') execute function count_referral_source()`.execute(db);
}
