import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // The ledger: one immutable entry per credit or debit. The balance is their sum.
  await sql`
    create table credit_entries (
      id uuid primary key,
      user_id uuid not null references users (id),
      amount integer not null check (amount <> 0),
      kind text not null check (kind in ('reward', 'redemption')),
      reward_id uuid constraint credit_entries_reward_id_key unique references rewards (id),
      item text,
      idempotency_key text check (length(idempotency_key) between 1 and 255),
      balance_after bigint,
      premium_until timestamptz,
      created_at timestamptz not null default now(),
      constraint credit_entries_earned_or_spent check (
        case kind
          when 'reward' then amount > 0 and reward_id is not null and item is null
          else amount < 0 and reward_id is null and item is not null
        end
      ),
      constraint credit_entries_idempotency_key unique (user_id, idempotency_key)
    )`.execute(db);
  await sql`create index credit_entries_user_idx on credit_entries (user_id, id desc) include (amount)`.execute(
    db,
  );
  await sql`
    insert into credit_entries (id, user_id, amount, kind, reward_id, created_at)
    select id, user_id, credits, 'reward', id, created_at from rewards`.execute(db);
  await sql`
    create trigger credit_entries_append_only before update or delete on credit_entries
      for each row execute function refuse_update('an entry')`.execute(db);

  // The balance after the last redemption. Redemptions lock this row, and the check forbids overspending.
  await sql`
    create table credit_accounts (
      user_id uuid primary key references users (id),
      balance bigint not null constraint credit_accounts_not_negative check (balance >= 0)
    )`.execute(db);

  await sql`alter table users add column premium_until timestamptz`.execute(db);
}
