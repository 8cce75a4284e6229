import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table rewards (
      id uuid primary key,
      user_id uuid not null references users (id),
      referral_id uuid not null references referrals (id),
      role text not null check (role in ('referrer', 'referred')),
      credits integer not null check (credits > 0),
      created_at timestamptz not null default now(),
      constraint rewards_referral_id_role_key unique (referral_id, role)
    )`.execute(db);
  await sql`create index rewards_user_idx on rewards (user_id) include (credits)`.execute(db);
}
