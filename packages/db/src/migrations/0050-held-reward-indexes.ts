import { type Kysely, sql } from 'kysely';
import { buildIndex } from '../indexes.ts';

export const isConcurrent = true;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table rewards validate constraint rewards_state_check`.execute(db);
  await sql`alter table rewards validate constraint rewards_held_until`.execute(db);
  await buildIndex(db, 'rewards_due_idx', `rewards (due_at) where state = 'pending'`);
  await buildIndex(db, 'rewards_pending_idx', `rewards (user_id, id) where state = 'pending'`);
  await buildIndex(db, 'rewards_held_idx', `rewards (state, id) where state in ('pending', 'cancelled')`);
}
