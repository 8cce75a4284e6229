import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table referral_deltas add column missed integer not null default 0`.execute(db);
  await sql`
    alter table referral_totals add column missed bigint not null default 0 check (missed >= 0)`.execute(db);
}
