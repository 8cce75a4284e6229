import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table reward_items (
      id uuid primary key,
      item text not null constraint reward_items_item_key unique
        constraint reward_items_item_check check (item ~ '^[a-z0-9][a-z0-9_-]{0,39}$'),
      kind text not null constraint reward_items_kind_check check (kind in ('premium', 'code', 'external')),
      name text not null constraint reward_items_name_check check (length(name) between 1 and 80),
      description text constraint reward_items_description_check check (length(description) between 1 and 500),
      cost integer not null constraint reward_items_cost_check check (cost between 1 and 1000000),
      min_referrals integer not null default 0 constraint reward_items_min_referrals_check check (min_referrals >= 0),
      max_per_user integer constraint reward_items_max_per_user_check check (max_per_user > 0),
      enabled boolean not null default true,
      created_at timestamptz not null default now()
    )`.execute(db);
  await sql`
    insert into reward_items (id, item, kind, name, cost)
      values ('01900000-0000-7000-8000-000000000031', 'premium_month', 'premium', 'A month of premium', 100)`.execute(
    db,
  );
  await sql`
    create table redemptions (
      id uuid primary key references credit_entries (id),
      user_id uuid not null references users (id),
      item_id uuid not null references reward_items (id),
      state text not null constraint redemptions_state_check check (state in ('open', 'fulfilled')),
      note text constraint redemptions_note_check check (length(note) between 1 and 500),
      fulfilled_at timestamptz,
      fulfilled_by uuid references users (id),
      constraint redemptions_fulfilled check ((state = 'fulfilled') = (fulfilled_at is not null))
    )`.execute(db);
  await sql`create index redemptions_user_idx on redemptions (user_id, item_id)`.execute(db);
  await sql`create index redemptions_item_idx on redemptions (item_id, id)`.execute(db);
  await sql`create index redemptions_open_idx on redemptions (id) where state = 'open'`.execute(db);
  await sql`
    create table reward_item_codes (
      id bigint generated always as identity primary key,
      item_id uuid not null references reward_items (id),
      code text not null constraint reward_item_codes_code_check check (length(code) between 1 and 200),
      redemption_id uuid constraint reward_item_codes_redemption_key unique references redemptions (id),
      constraint reward_item_codes_code_key unique (item_id, code)
    )`.execute(db);
  await sql`
    create index reward_item_codes_free_idx on reward_item_codes (item_id, id) where redemption_id is null`.execute(
    db,
  );
  await sql`
    create trigger reward_item_codes_given_once before update on reward_item_codes
      for each row when (old.redemption_id is not null) execute function refuse_update('a code that was given')`.execute(
    db,
  );
}
