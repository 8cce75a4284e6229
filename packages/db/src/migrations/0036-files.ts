import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // What is in the store. An object that is being deleted keeps its row until the store has forgotten it; the same
  // content then gets another key.
  await sql`
    create table stored_objects (
      key text primary key constraint stored_objects_key_check check (length(key) between 1 and 200),
      address text not null constraint stored_objects_address_check check (length(address) between 64 and 200),
      size bigint not null constraint stored_objects_size_check check (size > 0),
      touched_at timestamptz not null default now(),
      deleting_at timestamptz
    )`.execute(db);
  await sql`
    create unique index stored_objects_address_key on stored_objects (address) where deleting_at is null`.execute(
    db,
  );
  await sql`create index stored_objects_touched_idx on stored_objects (touched_at)`.execute(db);
  await sql`
    create table files (
      id uuid primary key,
      workspace_id uuid not null references workspaces (id) on delete cascade,
      purpose text not null
        check (purpose in ('avatar', 'thumbnail', 'image', 'background', 'audio', 'video', 'file')),
      kind text not null check (kind in ('picture', 'audio', 'video', 'document')),
      name text not null constraint files_name_check check (length(name) between 1 and 200),
      alt text constraint files_alt_check check (length(alt) between 1 and 280),
      width int,
      height int,
      focus_x double precision constraint files_focus_x_check check (focus_x between 0 and 1),
      focus_y double precision constraint files_focus_y_check check (focus_y between 0 and 1),
      size bigint not null constraint files_size_check check (size > 0),
      unused_since timestamptz,
      created_at timestamptz not null default now(),
      constraint files_pictures_have_a_size check ((kind = 'picture') = (width is not null and height is not null)),
      constraint files_whole_focus check ((focus_x is null) = (focus_y is null))
    )`.execute(db);
  await sql`create index files_workspace_idx on files (workspace_id, id)`.execute(db);
  await sql`create index files_unused_idx on files (unused_since) where unused_since is not null`.execute(db);
  await sql`
    create table file_variants (
      file_id uuid not null references files (id) on delete cascade,
      position int not null,
      object_key text not null references stored_objects (key),
      type text not null,
      width int,
      height int,
      size bigint not null,
      primary key (file_id, position)
    )`.execute(db);
  await sql`create index file_variants_object_idx on file_variants (object_key)`.execute(db);
}
