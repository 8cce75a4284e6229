import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // What every program that uses this database must agree on.
  await sql`create table installation_facts (name text primary key, value text not null)`.execute(db);
}
