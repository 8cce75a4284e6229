import { type Kysely, sql } from 'kysely';

/** Checks of stored rows follow in the next migration, which does not block. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table referral_links
      add column landing_url text,
      add constraint referral_links_landing_url_check
        check (length(landing_url) <= 2048 and landing_url ~ '^https?://') not valid`.execute(db);
  // Weights that a version does not have are the defaults.
  await sql`
    alter table referral_campaign_versions
      add column signal_weights jsonb not null default '{}',
      add column review_risk integer not null default 50,
      add constraint referral_campaign_versions_signal_weights_check
        check (jsonb_typeof(signal_weights) = 'object') not valid,
      add constraint referral_campaign_versions_review_risk_check check (review_risk > 0) not valid`.execute(
    db,
  );
}
