import { type Kysely, sql } from 'kysely';

const KEPT: Record<string, string> = {
  campaign_versions: 'a version',
  conversions: 'a conversion',
  campaign_referrals: 'a referral',
  campaign_referral_events: 'an event',
  campaign_rewards: 'a reward',
  campaign_entries: 'an entry',
};

/** Campaigns outlive their workspace until the worker has deleted them in batches. Their terms get a time zone. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table campaign_versions
      add column timezone text not null default 'UTC' check (length(timezone) between 1 and 64)`.execute(db);
  for (const table of ['campaigns', 'campaign_people'])
    await sql`
      alter table ${sql.table(table)} drop constraint ${sql.id(`${table}_workspace_id_fkey`)}`.execute(db);
  for (const [table, what] of Object.entries(KEPT)) {
    const trigger = sql.id(`${table}_kept`);
    await sql`drop trigger ${trigger} on ${sql.table(table)}`.execute(db);
    await sql`
      create trigger ${trigger} before delete on ${sql.table(table)} for each row
        when (pg_trigger_depth() = 0 and current_setting('linkgrove.erasure', true) is distinct from 'on')
        execute function refuse_update(${sql.lit(what)})`.execute(db);
  }
}
