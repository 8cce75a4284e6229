import { type Kysely, sql } from 'kysely';

export const isConcurrent = true;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table referral_links validate constraint referral_links_landing_url_check`.execute(db);
  await sql`
    alter table referral_campaign_versions
      validate constraint referral_campaign_versions_signal_weights_check,
      validate constraint referral_campaign_versions_review_risk_check`.execute(db);
}
