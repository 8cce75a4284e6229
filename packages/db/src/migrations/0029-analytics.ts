import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await createRawTables(db);
  await createCountTables(db);
  await createTitles(db);
  await createBookkeeping(db);
  // Sign-ups whose code was typed, not visited. Constant defaults rewrite no rows.
  await sql`alter table referrals add column unvisited boolean not null default false`.execute(db);
  for (const table of ['referral_deltas', 'referral_daily']) {
    await sql`alter table ${sql.table(table)} add column unvisited integer not null default 0`.execute(db);
  }
}

async function createRawTables(db: Kysely<unknown>): Promise<void> {
  // The worker makes the partitions. The default one takes events for which there is none yet.
  await sql`
    create table analytics_events (
      at timestamptz not null,
      page_id uuid not null,
      block_id uuid,
      visitor bytea check (octet_length(visitor) = 8),
      excluded text check (excluded in ('bots', 'owner', 'repeats', 'dropped')),
      count integer not null default 1 check (count > 0),
      referrer text,
      country text,
      region text,
      device text,
      browser text,
      os text,
      language text,
      utm_source text,
      utm_medium text,
      utm_campaign text,
      via text,
      constraint analytics_events_single check (count = 1 or excluded is not null)
    ) partition by range (at)`.execute(db);
  await sql`create index analytics_events_page_idx on analytics_events (page_id, at)`.execute(db);
  await sql`create table analytics_events_default partition of analytics_events default`.execute(db);

  // Each visitor of a page once per UTC day; partitions are dropped after two days.
  await sql`
    create table analytics_visitors (
      day date not null,
      page_id uuid not null,
      visitor bytea not null,
      primary key (day, page_id, visitor)
    ) partition by range (day)`.execute(db);
  await sql`create table analytics_visitors_default partition of analytics_visitors default`.execute(db);
}

async function createCountTables(db: Kysely<unknown>): Promise<void> {
  // Quarters of an hour, since the offsets of some time zones are not whole hours.
  await sql`
    create table analytics_slots (
      page_id uuid not null,
      slot timestamptz not null constraint analytics_slots_quarter
        check (extract(epoch from slot)::bigint % 900 = 0),
      views integer not null check (views >= 0),
      clicks integer not null check (clicks >= 0),
      visitors integer not null check (visitors >= 0),
      bots integer not null check (bots >= 0),
      owner integer not null check (owner >= 0),
      repeats integer not null check (repeats >= 0),
      dropped integer not null check (dropped >= 0),
      primary key (page_id, slot)
    ) with (fillfactor = 80)`.execute(db);
  await sql`create index analytics_slots_slot_idx on analytics_slots using brin (slot)`.execute(db);

  // The breakdowns of a busy page's past day, so that nobody counts them twice.
  await sql`
    create table analytics_days (
      page_id uuid not null,
      day date not null,
      dimensions jsonb not null,
      primary key (page_id, day)
    )`.execute(db);

  // What stays of a month whose events were dropped: its slots as parallel arrays, and its breakdowns.
  await sql`
    create table analytics_months (
      page_id uuid not null,
      month date not null check (extract(day from month) = 1),
      slots smallint[] not null,
      views integer[] not null,
      clicks integer[] not null,
      visitors integer[] not null,
      bots integer[] not null,
      owner integer[] not null,
      repeats integer[] not null,
      dropped integer[] not null,
      dimensions jsonb not null,
      primary key (page_id, month),
      constraint analytics_months_parallel check (
        cardinality(slots) = cardinality(views) and cardinality(slots) = cardinality(clicks)
        and cardinality(slots) = cardinality(visitors) and cardinality(slots) = cardinality(bots)
        and cardinality(slots) = cardinality(owner) and cardinality(slots) = cardinality(repeats)
        and cardinality(slots) = cardinality(dropped)
      )
    )`.execute(db);
}

async function createTitles(db: Kysely<unknown>): Promise<void> {
  // The last titles of clicked blocks, for blocks that are gone.
  await sql`
    create table analytics_blocks (
      block_id uuid primary key,
      page_id uuid not null,
      title text
    )`.execute(db);
  await sql`create index analytics_blocks_page_idx on analytics_blocks (page_id)`.execute(db);
  await sql`
    create function analytics_keep_title() returns trigger language plpgsql as $$
    begin
      update analytics_blocks a set title = gone.title from gone where a.block_id = gone.id;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger analytics_keep_title after delete on blocks referencing old table as gone
      for each statement execute function analytics_keep_title()`.execute(db);
}

async function createBookkeeping(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table analytics_settings (
      page_id uuid primary key references pages (id) on delete cascade,
      reset_at timestamptz,
      is_public boolean not null default false
    )`.execute(db);

  // A batch that is sent again after a lost answer changes nothing.
  await sql`
    create table analytics_batches (
      id uuid primary key,
      events integer not null,
      written_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index analytics_batches_written_idx on analytics_batches (written_at)`.execute(db);

  // Pages of deleted accounts: only their slots stay.
  await sql`
    create table analytics_erasures (
      page_id uuid primary key,
      erased_at timestamptz
    )`.execute(db);
  await sql`create index analytics_erasures_due_idx on analytics_erasures (page_id) where erased_at is null`.execute(
    db,
  );
}
