import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index referrals_link_idx on referrals (link_id, id desc)`.execute(db);
}
