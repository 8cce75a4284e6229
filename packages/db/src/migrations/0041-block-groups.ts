import { type Kysely, sql } from 'kysely';

/** The service keeps the two on one page, and groups out of groups. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table blocks
      add column parent_id uuid,
      add constraint blocks_parent_id_fkey foreign key (parent_id) references blocks (id) on delete set null not valid,
      add constraint blocks_not_in_itself check (parent_id <> id) not valid`.execute(db);
  await sql`alter table blocks validate constraint blocks_parent_id_fkey`.execute(db);
  await sql`alter table blocks validate constraint blocks_not_in_itself`.execute(db);
  await sql`create index blocks_parent_idx on blocks (parent_id) where parent_id is not null`.execute(db);
}
