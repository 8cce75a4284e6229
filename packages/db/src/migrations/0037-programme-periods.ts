import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table referral_campaign_versions
      add column timezone text not null default 'UTC' check (length(timezone) between 1 and 64)`.execute(db);

  // One row for each period in which a cap was asked for. It counts every rewarded referral of the period, under any
  // campaign. A row is made from the rewards so far, so none is needed for the time before.
  await sql`
    create table reward_windows (
      user_id uuid not null references users (id),
      period text not null,
      starts_at timestamptz not null,
      ends_at timestamptz not null check (ends_at > starts_at),
      granted integer not null,
      cap integer not null,
      primary key (user_id, period),
      constraint reward_windows_within_cap check (granted between 0 and cap)
    )`.execute(db);

  for (const table of ['referral_leaderboard', 'referral_leaderboard_ranks']) {
    await sql`
      alter table ${sql.table(table)} drop constraint ${sql.ref(`${table}_period_check`)},
        add constraint ${sql.ref(`${table}_period_check`)}
        check (length(period) between 3 and 7)`.execute(db);
  }
  // For the part of a day at which a period of another time zone begins.
  await sql`create index referral_slots_slot_idx on referral_slots using brin (slot)`.execute(db);
}
