import { type Kysely, sql } from 'kysely';
import { buildIndex } from '../indexes.ts';

export const isConcurrent = true;

/** Each sign-in from a new device has a link of its own, which a later one must not end. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await buildIndex(
    db,
    'email_tokens_one_live_purpose_key',
    `email_tokens (user_id, purpose)
      where used_at is null and purpose not in ('undo_email_change', 'report_sign_in')`,
    'unique index',
  );
  await sql`drop index concurrently if exists email_tokens_one_live_key`.execute(db);
}
