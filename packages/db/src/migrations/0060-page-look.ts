import { type Kysely, sql } from 'kysely';

/** No foreign keys, as for the files in `blocks.data`: a file in use is not deleted, see `findFileUses`. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table pages add column avatar_file_id uuid`.execute(db);
  await sql`alter table blocks add column thumbnail_file_id uuid`.execute(db);
  // Null: an administrator has not allowed it.
  await sql`alter table workspaces add column custom_css_allowed_at timestamptz`.execute(db);
}
