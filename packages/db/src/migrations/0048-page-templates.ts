import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table page_templates (
      id uuid primary key,
      workspace_id uuid not null references workspaces (id) on delete cascade,
      name text not null constraint page_templates_name_check check (length(name) between 1 and 64),
      description text
        constraint page_templates_description_check check (length(description) between 1 and 280),
      content jsonb not null,
      created_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index page_templates_workspace_idx on page_templates (workspace_id, id)`.execute(db);
}
