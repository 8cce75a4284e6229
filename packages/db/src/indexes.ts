import { type Kysely, sql } from 'kysely';

/**
 * Builds an index while others write, for migrations with `isConcurrent`. `definition` begins with the table, as in
 * `sessions (user_id)`. An invalid one that an interrupted run left is built again.
 */
export async function buildIndex(
  db: Kysely<unknown>,
  name: string,
  definition: string,
  kind: 'index' | 'unique index' = 'index',
): Promise<void> {
  const { rows } = await sql`
    select from pg_index where indexrelid = to_regclass(${name}) and not indisvalid`.execute(db);
  if (rows.length > 0) await sql`drop index concurrently ${sql.table(name)}`.execute(db);
  await sql`create ${sql.raw(kind)} concurrently if not exists ${sql.table(name)} on ${sql.raw(definition)}`.execute(
    db,
  );
}
