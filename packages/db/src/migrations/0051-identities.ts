import { type Kysely, sql } from 'kysely';

/** Checks of stored rows follow in the next migration. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Whoever signed up through a provider may have no password.
  await sql`
    alter table users
      drop constraint users_deleted_or_whole,
      add constraint users_deleted_or_whole check (
        case when deleted_at is null
          then num_nulls(username, email, email_canonical) = 0
          else num_nonnulls(username, email, email_canonical, password_hash, display_name, avatar_url) = 0
        end
      ) not valid`.execute(db);

  // The subject is the provider's name for the person; addresses change hands, so they identify nobody.
  await sql`
    create table user_identities (
      id uuid primary key,
      user_id uuid not null references users (id),
      provider text not null check (provider ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
      issuer text not null check (length(issuer) between 1 and 512),
      subject text not null check (length(subject) between 1 and 255),
      email text check (length(email) <= 254),
      created_at timestamptz not null default now(),
      last_used_at timestamptz,
      constraint user_identities_issuer_subject_key unique (issuer, subject)
    )`.execute(db);
  await sql`create index user_identities_user_idx on user_identities (user_id)`.execute(db);

  // Sessions that began before this migration began with a password.
  await sql`
    alter table sessions
      add column amr text[] not null default '{pwd}',
      add column name text,
      add constraint sessions_name_check check (length(name) between 1 and 80) not valid`.execute(db);
}
