import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // `name_hash` is now the hash of an account and, for clients that the account knows, of the client.
  await sql`
    alter table sign_in_throttles
      add column account_hash bytea check (octet_length(account_hash) = 32)`.execute(db);
  await sql`create index sign_in_throttles_account_idx on sign_in_throttles (account_hash)`.execute(db);

  // Null for sessions that began before this migration: they count as signed in long ago.
  await sql`alter table sessions add column authenticated_at timestamptz`.execute(db);
  await sql`alter table sessions alter column authenticated_at set default now()`.execute(db);

  await sql`alter table email_tokens add column session_id uuid`.execute(db);
  await sql`alter table email_tokens drop constraint email_tokens_purpose_check`.execute(db);
  // Not validated, because every purpose that was allowed before still is.
  await sql`
    alter table email_tokens add constraint email_tokens_purpose_check
      check (purpose in ('verify_email', 'reset_password', 'change_email', 'undo_email_change'))
      not valid`.execute(db);

  // Each former address has its own link that undoes the change.
  await sql`drop index email_tokens_one_live_key`.execute(db);
  await sql`
    create unique index email_tokens_one_live_key on email_tokens (user_id, purpose)
      where used_at is null and purpose <> 'undo_email_change'`.execute(db);
  await sql`
    create unique index email_tokens_one_live_undo_key on email_tokens (user_id, email)
      where used_at is null and purpose = 'undo_email_change'`.execute(db);

  await sql`
    create index security_events_actor_idx on security_events (actor_id) where actor_id is not null`.execute(
    db,
  );
  // An administrator who leaves takes their address with them; the reasons that they gave stay.
  await sql`
    create or replace function security_events_append_only() returns trigger language plpgsql as $$
    begin
      if tg_op = 'UPDATE' and new.ip is null and new.user_agent is null
        and (new.details is null or new.details is not distinct from old.details)
        and (new.id, new.type, new.user_id, new.actor_id, new.session_id, new.request_id, new.created_at)
          is not distinct from
          (old.id, old.type, old.user_id, old.actor_id, old.session_id, old.request_id, old.created_at)
      then return new;
      end if;
      raise exception 'security events are append-only' using errcode = 'integrity_constraint_violation';
    end $$`.execute(db);
}
