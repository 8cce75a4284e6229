import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table users validate constraint users_deleted_or_whole`.execute(db);
  await sql`alter table sessions validate constraint sessions_name_check`.execute(db);
}
