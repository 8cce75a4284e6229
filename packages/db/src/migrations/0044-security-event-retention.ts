import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // The upkeep says for one transaction that it deletes what has expired. Nothing younger than 30 days ever goes.
  await sql`
    create or replace function security_events_append_only() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' and current_setting('linkgrove.deletes_expired_events', true) = 'on'
        and old.created_at < now() - interval '30 days'
      then return old;
      end if;
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
