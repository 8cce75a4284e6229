import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create index handles_owner_hmac_idx on handles (owner_hmac) where owner_hmac is not null`.execute(db);
}
