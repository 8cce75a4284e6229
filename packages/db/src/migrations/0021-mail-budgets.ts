import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table mail_budgets (
      recipient_hash bytea not null check (octet_length(recipient_hash) = 32),
      name text not null,
      sent integer not null check (sent > 0),
      ends_at timestamptz not null,
      primary key (recipient_hash, name)
    )`.execute(db);
  await sql`create index mail_budgets_ends_idx on mail_budgets (ends_at)`.execute(db);

  // Not validated, because the new column is null everywhere and a scan of a big table would take long.
  await sql`alter table users add column sign_up_country text`.execute(db);
  await sql`
    alter table users add constraint users_sign_up_country_check
      check (sign_up_country is null or sign_up_country ~ '^[A-Z]{2}$' and deleted_at is null) not valid`.execute(
    db,
  );
}
