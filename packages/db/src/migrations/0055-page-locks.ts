import { type Kysely, sql } from 'kysely';

/** A new password has a new `lock_id`, which ends what the old one unlocked. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table pages add column lock_id uuid, add column lock_hash text`.execute(db);
}
