import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { IMPORTED_CAMPAIGN } from './policy.ts';
import type { CampaignTerms } from './schema.ts';

const TERMS = [
  'v.version',
  'v.attribution',
  'v.requires_page as requiresPage',
  'v.min_age_seconds as minAgeSeconds',
  'v.reviews_same_domain as reviewsSameDomain',
  'v.referrer_credits as referrerCredits',
  'v.referred_credits as referredCredits',
  'v.cap',
  'v.cap_period as capPeriod',
  'v.milestones',
  'v.auto_approve_limit as autoApproveLimit',
  'v.timezone',
] as const;

const selectCampaigns = (db: Db) =>
  db
    .selectFrom('referral_campaigns as c')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('referral_campaign_versions as v')
          .selectAll('v')
          .whereRef('v.campaign_id', '=', 'c.id')
          .orderBy('v.version', 'desc')
          .limit(1)
          .as('v'),
      (join) => join.onTrue(),
    )
    .select([
      'c.id',
      'c.name',
      'c.created_at as createdAt',
      'c.started_at as startedAt',
      'c.ended_at as endedAt',
      'v.id as versionId',
      ...TERMS,
    ]);

export type CampaignRow = Awaited<ReturnType<typeof listCampaignRows>>[number];

export async function listCampaignRows(db: Db, page: { before: string | null; limit: number }) {
  return selectCampaigns(db)
    .where('c.id', '<>', IMPORTED_CAMPAIGN)
    .$call((query) => (page.before === null ? query : query.where('c.id', '<', page.before)))
    .orderBy('c.id', 'desc')
    .limit(page.limit)
    .execute();
}

export async function listCampaignVersionRows(
  db: Db,
  page: { campaignId: string; before: string | null; limit: number },
) {
  return db
    .selectFrom('referral_campaign_versions as v')
    .select(['v.id', 'v.created_at as publishedAt', ...TERMS])
    .where('v.campaign_id', '=', page.campaignId)
    .$call((query) => (page.before === null ? query : query.where('v.id', '<', page.before)))
    .orderBy('v.id', 'desc')
    .limit(page.limit)
    .execute();
}

export const findCampaign = (db: Db, id: string): Promise<CampaignRow | undefined> =>
  selectCampaigns(db).where('c.id', '=', id).executeTakeFirst();

/** There is always exactly one. */
export const findRunningCampaign = (db: Db): Promise<CampaignRow> =>
  selectCampaigns(db)
    .where('c.started_at', 'is not', null)
    .where('c.ended_at', 'is', null)
    .executeTakeFirstOrThrow();

export const findCampaignMilestones = (db: Db, versionId: string) =>
  db
    .selectFrom('referral_campaign_versions')
    .select(['campaign_id as campaignId', 'milestones'])
    .where('id', '=', versionId)
    .executeTakeFirstOrThrow();

export async function insertCampaign(trx: Trx, row: { id: string; name: string }): Promise<void> {
  await trx.insertInto('referral_campaigns').values(row).execute();
}

export const lockCampaign = (trx: Trx, id: string) =>
  trx
    .selectFrom('referral_campaigns')
    .select(['started_at as startedAt', 'ended_at as endedAt'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();

export async function insertCampaignVersion(
  trx: Trx,
  row: { id: string; campaignId: string; createdBy: string; terms: CampaignTerms },
): Promise<void> {
  const { id, campaignId, createdBy, terms } = row;
  await trx
    .insertInto('referral_campaign_versions')
    .values({
      id,
      campaign_id: campaignId,
      version: sql<number>`(
        select coalesce(max(version), 0) + 1 from referral_campaign_versions where campaign_id = ${campaignId}
      )`,
      attribution: terms.attribution,
      requires_page: terms.requiresPage,
      min_age_seconds: terms.minAgeSeconds,
      reviews_same_domain: terms.reviewsSameDomain,
      referrer_credits: terms.referrerCredits,
      referred_credits: terms.referredCredits,
      cap: terms.cap,
      cap_period: terms.capPeriod,
      milestones: JSON.stringify(terms.milestones),
      auto_approve_limit: terms.autoApproveLimit,
      timezone: terms.timezone,
      created_by: createdBy,
    })
    .execute();
}

/** Throws `referral_campaigns_running_key` in a race. */
export async function replaceRunningCampaign(trx: Trx, id: string): Promise<void> {
  await trx
    .updateTable('referral_campaigns')
    .set({ ended_at: sql`now()` })
    .where('started_at', 'is not', null)
    .where('ended_at', 'is', null)
    .execute();
  await trx
    .updateTable('referral_campaigns')
    .set({ started_at: sql`now()` })
    .where('id', '=', id)
    .execute();
}
