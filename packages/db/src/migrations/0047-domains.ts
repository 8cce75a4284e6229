import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // A page takes its domains along to another workspace.
  await sql`
    create table domains (
      id uuid primary key,
      workspace_id uuid not null references workspaces (id) on delete cascade,
      page_id uuid not null,
      hostname text not null constraint domains_hostname_check
        check (hostname = lower(hostname collate "C") and hostname ~ '^[a-z0-9.-]+$' and length(hostname) <= 253),
      bucket smallint not null check (bucket between 0 and 255),
      is_primary boolean not null default false,
      token text not null check (length(token) between 16 and 64),
      status text not null default 'pending' check (status in ('pending', 'active', 'failed')),
      status_detail text,
      verified_at timestamptz,
      failing_since timestamptz,
      checked_at timestamptz,
      next_check_at timestamptz not null default now(),
      created_at timestamptz not null default now(),
      constraint domains_page_fkey foreign key (page_id, workspace_id) references pages (id, workspace_id)
        on update cascade on delete cascade,
      constraint domains_active_if_verified check (status <> 'active' or verified_at is not null)
    )`.execute(db);
  // Anyone may claim a name; one claim can be proven.
  await sql`
    create unique index domains_verified_key on domains (hostname) where verified_at is not null`.execute(db);
  await sql`create unique index domains_primary_key on domains (page_id) where is_primary`.execute(db);
  await sql`create index domains_page_idx on domains (page_id)`.execute(db);
  await sql`create index domains_workspace_idx on domains (workspace_id, id)`.execute(db);
  await sql`create index domains_bucket_idx on domains (bucket) where status = 'active'`.execute(db);
  await sql`create index domains_due_idx on domains (next_check_at)`.execute(db);
  await sql`
    insert into handles (handle, state) values ('internal', 'reserved') on conflict do nothing`.execute(db);
}
