import { type Kysely, sql } from 'kysely';

/** The types are a list in the code, so that a new one needs no migration: the server reads only what it knows. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table blocks drop constraint blocks_type_check`.execute(db);
  await sql`
    alter table blocks add constraint blocks_type_check check (type ~ '^[a-z]{1,20}$') not valid`.execute(db);
  await sql`alter table blocks validate constraint blocks_type_check`.execute(db);
}
