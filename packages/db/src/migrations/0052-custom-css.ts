import { type Kysely, sql } from 'kysely';

/** Null: an administrator has not allowed it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table workspaces add column custom_css_allowed_at timestamptz`.execute(db);
}
