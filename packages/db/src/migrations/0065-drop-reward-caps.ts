import { type Kysely, sql } from 'kysely';

/** Caps are counted in `reward_windows`, over all campaigns; nothing reads or writes this table. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`drop table reward_caps`.execute(db);
}
