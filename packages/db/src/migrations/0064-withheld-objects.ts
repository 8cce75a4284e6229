import { type Kysely, sql } from 'kysely';

/** No row is the ordinary case. `is_moving` says that the store has not followed yet. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table withheld_objects (
      object_key text primary key references stored_objects (key) on delete cascade,
      is_withheld boolean not null,
      is_moving boolean not null,
      constraint withheld_objects_not_ordinary check (is_withheld or is_moving)
    )`.execute(db);
  await sql`create index withheld_objects_moving_idx on withheld_objects (object_key) where is_moving`.execute(
    db,
  );
}
