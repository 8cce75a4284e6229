import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table webhook_endpoints (
      id uuid primary key,
      workspace_id uuid not null references workspaces (id) on delete cascade,
      url text not null constraint webhook_endpoints_url_check check (length(url) between 8 and 2048),
      events text[] not null
        constraint webhook_endpoints_events_check check (cardinality(events) between 1 and 100),
      description text constraint webhook_endpoints_description_check check (length(description) between 1 and 200),
      enabled boolean not null,
      log_responses boolean not null,
      secret bytea not null,
      previous_secret bytea,
      previous_secret_expires_at timestamptz,
      disabled_reason text check (disabled_reason in ('gone', 'failing')),
      failing_since timestamptz,
      warned_at timestamptz,
      paused_until timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      constraint webhook_endpoints_previous_secret_ends
        check ((previous_secret is null) = (previous_secret_expires_at is null)),
      constraint webhook_endpoints_reason_if_disabled check (disabled_reason is null or not enabled)
    )`.execute(db);
  await sql`create index webhook_endpoints_workspace_idx on webhook_endpoints (workspace_id, id)`.execute(db);
  await createEvents(db);
  await createDeliveries(db);
}

/** The outbox of the endpoints. Rows without a workspace or an endpoint are deleted by the worker in batches. */
async function createEvents(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table webhook_events (
      id uuid primary key,
      sequence bigint not null generated always as identity,
      workspace_id uuid not null,
      type text not null,
      object_id uuid not null,
      body text not null constraint webhook_events_body_check check (octet_length(body) between 2 and 20000),
      created_at timestamptz not null default now(),
      dispatched_at timestamptz
    )`.execute(db);
  await sql`
    create index webhook_events_open_idx on webhook_events (sequence) where dispatched_at is null`.execute(
    db,
  );
  await sql`create index webhook_events_workspace_idx on webhook_events (workspace_id, sequence)`.execute(db);
  await sql`create index webhook_events_created_idx on webhook_events (created_at)`.execute(db);
  // These contain the user's address.
  await sql`
    create index webhook_events_user_idx on webhook_events (object_id)
      where type in ('user.created', 'user.verified')`.execute(db);
}

async function createDeliveries(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table webhook_deliveries (
      id uuid primary key,
      endpoint_id uuid not null,
      event_id uuid not null references webhook_events (id) on delete cascade,
      object_id uuid not null,
      sequence bigint not null,
      status text not null check (status in ('waiting', 'pending', 'delivered', 'failed')),
      holds_line boolean not null,
      tries int not null default 0 check (tries >= 0),
      attempts jsonb not null default '[]',
      next_attempt_at timestamptz,
      claimed_until timestamptz,
      created_at timestamptz not null default now(),
      constraint webhook_deliveries_event_key unique (event_id, endpoint_id),
      constraint webhook_deliveries_due_if_pending check ((status = 'pending') = (next_attempt_at is not null)),
      constraint webhook_deliveries_line_if_pending check (status = 'pending' or not holds_line),
      constraint webhook_deliveries_claim_if_pending check (status = 'pending' or claimed_until is null)
    )`.execute(db);
  await sql`
    create index webhook_deliveries_due_idx on webhook_deliveries (endpoint_id, next_attempt_at)
      where status = 'pending'`.execute(db);
  await sql`
    create index webhook_deliveries_claimed_idx on webhook_deliveries (endpoint_id)
      where claimed_until is not null`.execute(db);
  // The events of an object are attempted one after the other: the first holds the line, the others wait.
  await sql`
    create unique index webhook_deliveries_line_key on webhook_deliveries (endpoint_id, object_id)
      where holds_line`.execute(db);
  await sql`
    create index webhook_deliveries_waiting_idx on webhook_deliveries (endpoint_id, object_id, sequence)
      where status = 'waiting'`.execute(db);
  await sql`create index webhook_deliveries_endpoint_idx on webhook_deliveries (endpoint_id, id)`.execute(db);
}
