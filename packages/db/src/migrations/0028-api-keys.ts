import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // A key belongs to the membership of the person who made it, and goes with it.
  await sql`
    create table api_keys (
      id uuid primary key,
      workspace_id uuid not null,
      created_by uuid not null,
      name text not null constraint api_keys_name_check check (length(name) between 1 and 64),
      start text not null constraint api_keys_start_check check (length(start) = 14),
      hash bytea not null
        constraint api_keys_hash_key unique
        constraint api_keys_hash_check check (octet_length(hash) = 32),
      scopes text[] not null constraint api_keys_scopes_check check (cardinality(scopes) between 1 and 50),
      allowed_networks cidr[] not null default '{}'
        constraint api_keys_networks_check check (cardinality(allowed_networks) <= 50),
      countries text[] not null default '{}',
      created_at timestamptz not null default now(),
      expires_at timestamptz,
      last_used_at timestamptz,
      ends_at timestamptz,
      revoked_at timestamptz,
      constraint api_keys_member_fkey foreign key (workspace_id, created_by)
        references workspace_members (workspace_id, user_id) on delete cascade
    )`.execute(db);
  await sql`create index api_keys_member_idx on api_keys (workspace_id, created_by)`.execute(db);
  await sql`create index api_keys_creator_idx on api_keys (created_by)`.execute(db);
  await sql`create index api_keys_end_idx on api_keys (least(expires_at, ends_at, revoked_at))`.execute(db);
}
