import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // Sign-ups and edits wait until every account has its workspace, and every page.
  await sql`lock table users, handles, pages in share row exclusive mode`.execute(db);
  await createTables(db);
  await addKeys(db);
  await createInvitations(db);
  await keepAnOwner(db);
  await movePages(db);
  await serveEarlierRelease(db);
  await sql`insert into handles (handle, state) values ('invitation', 'reserved') on conflict do nothing`.execute(
    db,
  );
}

/** Keys and references come after the rows, as checking each row would take several times as long. */
async function createTables(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table workspaces (
      id uuid not null,
      user_id uuid,
      kind text not null check (kind in ('personal', 'team')),
      name text not null check (length(name) between 1 and 64),
      slug text not null check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 64),
      created_at timestamptz not null default now(),
      deleted_at timestamptz,
      constraint workspaces_of_user check ((kind = 'personal') = (user_id is not null) and user_id = id),
      constraint workspaces_personal_stays check (kind = 'team' or deleted_at is null)
    )`.execute(db);
  await sql`
    create table workspace_members (
      workspace_id uuid not null,
      user_id uuid not null,
      role text not null check (role in ('owner', 'admin', 'editor', 'analyst', 'viewer')),
      joined_at timestamptz not null default now()
    )`.execute(db);
  // A personal workspace has the ID of its user, so there is one per user, and no query has to look for it.
  await sql`
    insert into workspaces (id, user_id, kind, name, slug, created_at)
    select id, id, 'personal', username, 'personal', created_at from users where deleted_at is null`.execute(
    db,
  );
  await sql`
    insert into workspace_members (workspace_id, user_id, role, joined_at)
    select id, user_id, 'owner', created_at from workspaces`.execute(db);
}

async function addKeys(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table workspaces
      add primary key (id),
      add constraint workspaces_user_fkey foreign key (user_id) references users (id)`.execute(db);
  await sql`create unique index workspaces_slug_key on workspaces (slug) where kind = 'team'`.execute(db);
  await sql`
    create index workspaces_trash_idx on workspaces (deleted_at) where deleted_at is not null`.execute(db);
  await sql`
    alter table workspace_members
      add primary key (workspace_id, user_id),
      add constraint workspace_members_user_fkey foreign key (user_id) references users (id),
      add constraint workspace_members_workspace_fkey foreign key (workspace_id) references workspaces (id)
        on delete cascade`.execute(db);
  await sql`create index workspace_members_user_idx on workspace_members (user_id)`.execute(db);
}

async function createInvitations(db: Kysely<unknown>): Promise<void> {
  // An accepted or revoked one is deleted.
  await sql`
    create table workspace_invitations (
      id uuid primary key,
      workspace_id uuid not null references workspaces (id) on delete cascade,
      email text not null check (length(email) between 3 and 254),
      email_canonical text not null,
      role text not null check (role in ('owner', 'admin', 'editor', 'analyst', 'viewer')),
      token_hash bytea not null constraint workspace_invitations_hash_key unique check (octet_length(token_hash) = 32),
      invited_by uuid not null references users (id),
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      constraint workspace_invitations_one_open_key unique (workspace_id, email_canonical)
    )`.execute(db);
  await sql`create index workspace_invitations_email_idx on workspace_invitations (email_canonical)`.execute(
    db,
  );
  await sql`create index workspace_invitations_inviter_idx on workspace_invitations (invited_by)`.execute(db);
  await sql`create index workspace_invitations_expiry_idx on workspace_invitations (expires_at)`.execute(db);
}

/** The lock on the workspace makes parallel changes wait for each other, so that the last of them sees the others. */
async function keepAnOwner(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function workspace_keeps_an_owner() returns trigger language plpgsql as $$
    begin
      perform from workspaces where id = old.workspace_id and deleted_at is null for no key update;
      if found and not exists (
        select from workspace_members where workspace_id = old.workspace_id and role = 'owner'
      ) then
        raise exception 'a workspace keeps an owner'
          using errcode = 'check_violation', constraint = 'workspace_keeps_an_owner';
      end if;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger workspace_members_keep_an_owner after delete on workspace_members
      for each row when (old.role = 'owner') execute function workspace_keeps_an_owner()`.execute(db);
  await sql`
    create trigger workspace_owners_keep_one after update of role on workspace_members
      for each row when (old.role = 'owner' and new.role <> 'owner')
      execute function workspace_keeps_an_owner()`.execute(db);
}

/** `user_id` of both tables is left to servers of the earlier release, and goes with a later one. */
async function movePages(db: Kysely<unknown>): Promise<void> {
  await sql`alter table handles drop constraint handles_page_fkey`.execute(db);
  await sql`alter table handles drop constraint handles_by_state`.execute(db);
  await sql`alter table handles drop constraint handles_of_who_left`.execute(db);
  await sql`alter table pages drop constraint pages_id_user_id_key`.execute(db);
  await sql`drop index pages_slot_key`.execute(db);

  // `using` writes each table and index once, in bulk, where an update would write every row's index entries singly.
  for (const table of ['pages', 'handles']) {
    await sql`alter table ${sql.table(table)} add column workspace_id uuid`.execute(db);
    await sql`alter table ${sql.table(table)} alter column workspace_id type uuid using user_id`.execute(db);
  }

  await sql`
    alter table pages
      alter column workspace_id set not null,
      add constraint pages_workspace_fkey foreign key (workspace_id) references workspaces (id),
      add constraint pages_id_workspace_id_key unique (id, workspace_id)`.execute(db);
  await sql`
    create unique index pages_slot_key on pages (workspace_id, slot) where deleted_at is null`.execute(db);
  await sql`create index pages_workspace_idx on pages (workspace_id, id)`.execute(db);

  // A page takes its handles along to another workspace.
  await sql`
    alter table handles
      add constraint handles_workspace_fkey foreign key (workspace_id) references workspaces (id),
      add constraint handles_page_fkey foreign key (page_id, workspace_id) references pages (id, workspace_id)
        on update cascade on delete set null (page_id),
      add constraint handles_of_who_left
        check (owner_hmac is null or (state = 'held' and workspace_id is null)),
      add constraint handles_by_state check (
        case state
          when 'active' then page_id is not null and workspace_id is not null and until is null
          when 'renamed' then page_id is not null and workspace_id is not null and until is not null
          when 'held' then until is not null or (workspace_id is not null and page_id is null)
          else page_id is null and workspace_id is null and until is null
        end
      )`.execute(db);
  await sql`create index handles_workspace_idx on handles (workspace_id)`.execute(db);
  // New rows have no user and cost this index nothing.
  await sql`drop index handles_user_idx`.execute(db);
  await sql`create index handles_user_idx on handles (user_id) where user_id is not null`.execute(db);
}

/** Servers that are not replaced yet know a user's pages and handles only: those of the personal workspace. */
async function serveEarlierRelease(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function follow_user_of_earlier_release() returns trigger language plpgsql as $$
    begin
      new.workspace_id := new.user_id;
      insert into workspaces (id, user_id, kind, name, slug)
        select id, id, 'personal', username, 'personal' from users where id = new.user_id
        on conflict do nothing;
      insert into workspace_members (workspace_id, user_id, role)
        select id, user_id, 'owner' from workspaces where id = new.user_id
        on conflict do nothing;
      return new;
    end $$`.execute(db);
  await sql`
    create trigger pages_follow_user before insert on pages
      for each row when (new.workspace_id is null)
      execute function follow_user_of_earlier_release()`.execute(db);
  await sql`
    create trigger handles_follow_user before insert on handles
      for each row when (new.workspace_id is null and new.user_id is not null)
      execute function follow_user_of_earlier_release()`.execute(db);
  await sql`
    create trigger handles_follow_new_user before update of user_id on handles
      for each row when (new.user_id is distinct from old.user_id)
      execute function follow_user_of_earlier_release()`.execute(db);
}
