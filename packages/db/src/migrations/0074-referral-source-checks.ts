import { type Kysely, sql } from 'kysely';

export const isConcurrent = true;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table referrals validate constraint referrals_source_check`.execute(db);
  await sql`alter table referrals validate constraint referrals_of_page`.execute(db);
}
