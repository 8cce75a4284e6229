import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // A constant default is added without rewriting the table.
  await sql`alter table pages add column preview_version integer not null default 0`.execute(db);
}
