import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // A constant default rewrites no rows, and `not valid` scans none; the default satisfies the check.
  await sql`
    alter table pages
      add column language text not null default 'en',
      add constraint pages_language_check check (length(language) between 2 and 64) not valid`.execute(db);
}
