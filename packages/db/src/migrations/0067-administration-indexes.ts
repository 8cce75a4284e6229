import type { Kysely } from 'kysely';
import { buildIndex } from '../indexes.ts';

export const isConcurrent = true;

export async function up(db: Kysely<unknown>): Promise<void> {
  await buildIndex(db, 'security_events_audit_idx', 'security_events (id) where audited');
  await buildIndex(db, 'security_events_audit_actor_idx', 'security_events (actor_id, id) where audited');
  await buildIndex(db, 'users_admins_idx', `users (id) where role = 'admin'`);
  await buildIndex(db, 'users_suspended_idx', 'users (id) where suspended_at is not null');
}
