import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table users add column leaderboard boolean not null default false`.execute(db);
  await sql`
    create table referral_leaderboard (
      period text not null check (period in ('all', 'month', 'week')),
      user_id uuid not null references users (id),
      successful bigint not null check (successful > 0),
      primary key (period, user_id)
    )`.execute(db);
  await sql`
    create index referral_leaderboard_rank_idx on referral_leaderboard (period, successful desc, user_id)`.execute(
    db,
  );
}
