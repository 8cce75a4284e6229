import { type Kysely, sql } from 'kysely';
import { buildIndex } from '../indexes.ts';

export const isConcurrent = true;

/** Deleting a row looks for those that refer to it. The last one is for the export of a ledger. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await buildIndex(
    db,
    'campaign_referrals_qualified_idx',
    'campaign_referrals (qualified_by) where qualified_by is not null',
  );
  await buildIndex(db, 'campaign_rewards_referral_idx', 'campaign_rewards (referral_id)');
  await buildIndex(
    db,
    'campaign_entries_reward_idx',
    'campaign_entries (reward_id) where reward_id is not null',
  );
  await buildIndex(db, 'campaign_entries_ledger_idx', 'campaign_entries (campaign_id, id)');
  await sql`drop index concurrently if exists campaign_entries_campaign_idx`.execute(db);
}
