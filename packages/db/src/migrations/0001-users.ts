import { type Kysely, sql } from 'kysely';

// Users and referral links are created together: each user row holds the code of its first link.
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table users (
      id uuid primary key,
      username text not null
        check (username ~ '^[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?=[A-Za-z0-9])){2,29}$'),
      email text not null check (length(email) between 3 and 254),
      email_canonical text not null,
      password_hash text not null,
      display_name text check (length(display_name) between 1 and 80),
      avatar_url text check (length(avatar_url) <= 2048),
      referral_code text not null,
      referred_by uuid references users (id),
      role text not null default 'user' check (role in ('user', 'admin')),
      email_verified_at timestamptz,
      created_at timestamptz not null default now(),
      constraint users_not_referred_by_self check (referred_by <> id),
      constraint users_id_referred_by_key unique (id, referred_by)
    )`.execute(db);

  // Collation "C" lowercases the same letters on every server.
  await sql`create unique index users_username_key on users (lower(username collate "C"))`.execute(db);
  await sql`create unique index users_email_key on users (lower(email collate "C"))`.execute(db);

  await sql`
    create table referral_links (
      id uuid primary key,
      user_id uuid not null references users (id),
      code text not null check (code ~ '^[A-Za-z0-9][A-Za-z0-9_-]{2,31}$'),
      label text check (length(label) between 1 and 80),
      enabled boolean not null default true,
      expires_at timestamptz,
      max_uses integer check (max_uses > 0),
      uses integer not null default 0 check (uses >= 0),
      created_at timestamptz not null default now(),
      constraint referral_links_within_max_uses check (uses <= max_uses),
      constraint referral_links_id_user_id_key unique (id, user_id),
      constraint referral_links_user_id_code_key unique (user_id, code)
    )`.execute(db);
  await sql`create unique index referral_links_code_key on referral_links (lower(code collate "C"))`.execute(
    db,
  );

  // The two rows of a sign-up reference each other, so this is checked at commit.
  await sql`
    alter table users add constraint users_referral_code_fkey
      foreign key (id, referral_code) references referral_links (user_id, code)
      deferrable initially deferred`.execute(db);

  // Set only at insert, when the referrer must already exist, so there are no cycles.
  await sql`
    create function refuse_update() returns trigger language plpgsql as $$
    begin
      raise exception '% of % cannot be changed', tg_argv[0], tg_table_name
        using errcode = 'integrity_constraint_violation';
    end $$`.execute(db);
  await sql`
    create trigger users_referred_by_immutable before update of referred_by on users
      for each row when (old.referred_by is distinct from new.referred_by)
      execute function refuse_update('referred_by')`.execute(db);
}
