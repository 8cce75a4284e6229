import { type Kysely, sql } from 'kysely';

/** Checks of stored rows and indexes follow in the next migration, which does not block. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table referral_links
      add column uses_of text not null default 'signups',
      add constraint referral_links_uses_of_check check (uses_of in ('signups', 'successes')) not valid`.execute(
    db,
  );
  await sql`alter table referrals add column took_use boolean`.execute(db);
  await sql`alter table users add column premium_notice boolean not null default false`.execute(db);
}
