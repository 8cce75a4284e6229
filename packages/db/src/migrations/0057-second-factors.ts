import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await createFactors(db);
  await createPasskeys(db);
}

async function createFactors(db: Kysely<unknown>): Promise<void> {
  // `secret` is encrypted. The step of the last code that was used keeps codes from being used twice.
  await sql`
    create table totp_factors (
      user_id uuid primary key references users (id) on delete cascade,
      secret bytea not null constraint totp_factors_secret_check check (octet_length(secret) between 40 and 200),
      created_at timestamptz not null default now(),
      confirmed_at timestamptz,
      last_step bigint constraint totp_factors_last_step_check check (last_step > 0),
      constraint totp_factors_step_if_confirmed check ((confirmed_at is null) = (last_step is null))
    )`.execute(db);
  await sql`
    create table recovery_codes (
      user_id uuid not null references users (id) on delete cascade,
      code_hash bytea not null constraint recovery_codes_hash_check check (octet_length(code_hash) = 32),
      created_at timestamptz not null default now(),
      primary key (user_id, code_hash)
    )`.execute(db);
  await sql`
    create table trusted_devices (
      id uuid primary key,
      user_id uuid not null references users (id) on delete cascade,
      device_hash bytea not null constraint trusted_devices_hash_check check (octet_length(device_hash) = 32),
      user_agent text,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      constraint trusted_devices_key unique (user_id, device_hash)
    )`.execute(db);
  await sql`create index trusted_devices_expiry_idx on trusted_devices (expires_at)`.execute(db);
}

async function createPasskeys(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table passkeys (
      id uuid primary key,
      user_id uuid not null references users (id) on delete cascade,
      credential_id bytea not null
        constraint passkeys_credential_key unique
        constraint passkeys_credential_check check (octet_length(credential_id) between 1 and 1023),
      public_key bytea not null
        constraint passkeys_public_key_check check (octet_length(public_key) between 1 and 2000),
      counter bigint not null constraint passkeys_counter_check check (counter >= 0),
      backed_up boolean not null,
      transports text[] not null constraint passkeys_transports_check check (cardinality(transports) <= 10),
      name text not null constraint passkeys_name_check check (length(name) between 1 and 64),
      created_at timestamptz not null default now(),
      last_used_at timestamptz
    )`.execute(db);
  await sql`create index passkeys_user_idx on passkeys (user_id, id)`.execute(db);
  await sql`
    create table passkey_challenges (
      challenge_hash bytea primary key
        constraint passkey_challenges_hash_check check (octet_length(challenge_hash) = 32),
      user_id uuid references users (id) on delete cascade,
      expires_at timestamptz not null
    )`.execute(db);
  await sql`create index passkey_challenges_user_idx on passkey_challenges (user_id)`.execute(db);
  await sql`create index passkey_challenges_expiry_idx on passkey_challenges (expires_at)`.execute(db);
}
