import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // Set for what administrators of the platform do: these events are the audit log.
  await sql`alter table security_events add column audited boolean not null default false`.execute(db);
  await sql`
    create or replace function security_events_append_only() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' and current_setting('linkgrove.deletes_expired_events', true) = 'on'
        and old.created_at < now() - interval '30 days'
      then return old;
      end if;
      if tg_op = 'UPDATE' and new.ip is null and new.user_agent is null
        and (new.details is null or new.details is not distinct from old.details)
        and (new.id, new.type, new.user_id, new.actor_id, new.session_id, new.request_id, new.created_at, new.audited)
          is not distinct from
          (old.id, old.type, old.user_id, old.actor_id, old.session_id, old.request_id, old.created_at, old.audited)
      then return new;
      end if;
      raise exception 'security events are append-only' using errcode = 'integrity_constraint_violation';
    end $$`.execute(db);

  // Not rows of sessions: servers of the version before would take such a row for a session of the user.
  await sql`
    create table impersonations (
      id uuid primary key,
      user_id uuid not null references users (id),
      actor_id uuid not null references users (id),
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      ended_at timestamptz,
      constraint impersonations_of_another check (user_id <> actor_id)
    )`.execute(db);
  await sql`create index impersonations_user_idx on impersonations (user_id)`.execute(db);
  await sql`create index impersonations_expires_idx on impersonations (expires_at)`.execute(db);

  // Not validated, because every purpose that was allowed before still is.
  await sql`
    alter table email_tokens
      drop constraint email_tokens_purpose_check,
      add constraint email_tokens_purpose_check
        check (purpose in (
          'verify_email', 'reset_password', 'change_email', 'undo_email_change', 'sign_in', 'account_invitation'
        )) not valid`.execute(db);
}
