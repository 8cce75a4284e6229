import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // A parameter that a visit does not have is an empty text.
  await sql`
    create table referral_utm_visits (
      link_id uuid not null,
      referrer_id uuid not null,
      day date not null,
      source text not null,
      medium text not null,
      campaign text not null,
      visits integer not null constraint referral_utm_visits_visits_check check (visits > 0),
      primary key (link_id, day, source, medium, campaign),
      constraint referral_utm_visits_link_fkey
        foreign key (link_id, referrer_id) references referral_links (id, user_id)
    )`.execute(db);
  await sql`create index referral_utm_visits_referrer_idx on referral_utm_visits (referrer_id, day)`.execute(
    db,
  );
}
