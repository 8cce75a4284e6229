import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // All codes ever issued. A replaced code still leads to its link and never to another user.
  await sql`
    create table referral_codes (
      code text primary key check (code ~ '^[A-Za-z0-9][A-Za-z0-9_-]{2,31}$'),
      link_id uuid not null,
      user_id uuid not null,
      created_at timestamptz not null default now(),
      constraint referral_codes_link_fkey foreign key (link_id, user_id) references referral_links (id, user_id)
    )`.execute(db);
  await sql`create unique index referral_codes_folded_key on referral_codes (lower(code collate "C"))`.execute(
    db,
  );
  await sql`
    insert into referral_codes (code, link_id, user_id, created_at)
    select code, id, user_id, created_at from referral_links`.execute(db);

  // A link shows one of its own codes. The rows of a new link reference each other, so this is checked at commit.
  await sql`alter table referral_codes add constraint referral_codes_link_id_code_key unique (link_id, code)`.execute(
    db,
  );
  await sql`drop index referral_links_code_key`.execute(db);
  await sql`
    alter table referral_links
      add column deleted_at timestamptz,
      add constraint referral_links_code_fkey foreign key (id, code) references referral_codes (link_id, code)
        deferrable initially deferred`.execute(db);
  await sql`alter table users drop constraint users_referral_code_fkey`.execute(db);
  await sql`
    alter table users add constraint users_referral_code_fkey
      foreign key (id, referral_code) references referral_links (user_id, code)
      on update cascade deferrable initially deferred`.execute(db);
  await sql`create index referral_links_user_idx on referral_links (user_id, id desc) where deleted_at is null`.execute(
    db,
  );
}
