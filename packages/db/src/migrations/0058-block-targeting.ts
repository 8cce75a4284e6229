import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table blocks add column targeting jsonb, add column schedule jsonb`.execute(db);
}
