import { type Kysely, sql } from 'kysely';

/** The request that asked for a message, so that an operator can follow it into the worker's log and the mail. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table outbox add column request_id text`.execute(db);
}
