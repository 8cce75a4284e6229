import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // Not validated, because every purpose that was allowed before still is.
  await sql`
    alter table email_tokens
      drop constraint email_tokens_purpose_check,
      add constraint email_tokens_purpose_check
        check (purpose in ('verify_email', 'reset_password', 'change_email', 'undo_email_change', 'sign_in'))
        not valid`.execute(db);
}
