import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // A deleted account keeps its row, so that counts stay correct, but no personal data.
  await sql`
    alter table users
      alter column username drop not null,
      alter column email drop not null,
      alter column email_canonical drop not null,
      alter column password_hash drop not null,
      add column username_changed_at timestamptz,
      add column suspended_at timestamptz,
      add column deleted_at timestamptz,
      add constraint users_deleted_or_whole check (
        case when deleted_at is null
          then num_nulls(username, email, email_canonical, password_hash) = 0
          else num_nonnulls(username, email, email_canonical, password_hash, display_name, avatar_url) = 0
        end
      )`.execute(db);

  // Keyed hashes of deleted accounts' addresses: signing up again earns no second reward.
  await sql`
    create table email_tombstones (
      email_hmac bytea primary key check (octet_length(email_hmac) = 32),
      created_at timestamptz not null default now()
    )`.execute(db);

  await sql`alter table email_tokens drop constraint email_tokens_purpose_check`.execute(db);
  await sql`
    alter table email_tokens add constraint email_tokens_purpose_check
      check (purpose in ('verify_email', 'reset_password', 'change_email'))`.execute(db);

  await sql`
    create table sign_in_throttles (
      name_hash bytea primary key check (octet_length(name_hash) = 32),
      attempts integer not null,
      strikes integer not null default 0,
      window_ends_at timestamptz not null,
      blocked_until timestamptz
    )`.execute(db);
  await sql`create index sign_in_throttles_window_idx on sign_in_throttles (window_ends_at)`.execute(db);

  await sql`
    create table security_events (
      id uuid primary key,
      type text not null,
      user_id uuid references users (id),
      actor_id uuid references users (id),
      session_id uuid,
      request_id text,
      ip text,
      user_agent text,
      details jsonb,
      created_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index security_events_user_idx on security_events (user_id, id desc)`.execute(db);
  await sql`
    create function security_events_append_only() returns trigger language plpgsql as $$
    begin
      if tg_op = 'UPDATE' and new.ip is null and new.user_agent is null and new.details is null
        and (new.id, new.type, new.user_id, new.actor_id, new.session_id, new.request_id, new.created_at)
          is not distinct from
          (old.id, old.type, old.user_id, old.actor_id, old.session_id, old.request_id, old.created_at)
      then return new;
      end if;
      raise exception 'security events are append-only' using errcode = 'integrity_constraint_violation';
    end $$`.execute(db);
  await sql`
    create trigger security_events_append_only before update or delete on security_events
      for each row execute function security_events_append_only()`.execute(db);
}
