import type { CampaignAudience, Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import { BUILT_IN_CAMPAIGNS } from './policy.ts';
import { FRAUD_SIGNALS } from '../sign-up/policy.ts';
import type { CampaignTermsInput } from './schema.ts';

/** The weights of a version; those that it does not have are the defaults. */
export const signalWeightsPart = (column: 'v.signal_weights' | 'j.signal_weights') =>
  sql<Record<string, number>>`(${JSON.stringify(FRAUD_SIGNALS)}::jsonb || ${sql.ref(column)})`;

const TERMS = [
  'v.version',
  'v.attribution',
  'v.requires_page as requiresPage',
  'v.min_age_seconds as minAgeSeconds',
  'v.reviews_same_domain as reviewsSameDomain',
  'v.referrer_credits as referrerCredits',
  'v.referred_credits as referredCredits',
  'v.hold_days as holdDays',
  'v.cap',
  'v.cap_period as capPeriod',
  'v.milestones',
  'v.auto_approve_limit as autoApproveLimit',
  'v.timezone',
  'v.review_risk as reviewRisk',
  signalWeightsPart('v.signal_weights').as('signalWeights'),
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
      'c.audience',
      'c.group_name as group',
      'c.starts_at as startsAt',
      'c.ends_at as endsAt',
      'c.paused_at as pausedAt',
      (eb) =>
        eb
          .selectFrom('referral_campaign_users as m')
          .select((inner) => inner.fn.countAll<number>().as('count'))
          .whereRef('m.campaign_id', '=', 'c.id')
          .as('users'),
      'v.id as versionId',
      ...TERMS,
    ]);

const runningCondition = (alias: 'c' | 'k') => sql<boolean>`(
        ${sql.ref(`${alias}.started_at`)} is not null and ${sql.ref(`${alias}.ended_at`)} is null
        and ${sql.ref(`${alias}.paused_at`)} is null and coalesce(${sql.ref(`${alias}.ends_at`)} > now(), true)
      )`;

/** That the campaign is for everyone, or that the referrer is named or in its group. */
export const audienceCondition = (alias: 'c' | 'k', referrerId: RawBuilder<unknown> | null) => {
  const audience = sql.ref(`${alias}.audience`);
  const isAudience =
    referrerId === null
      ? sql`false`
      : sql`(${audience} = 'users' and exists (
          select from referral_campaign_users m where m.campaign_id = ${sql.ref(`${alias}.id`)} and m.user_id = ${referrerId}
        )) or (${audience} = 'group' and exists (
          select from referrer_group_members m
          where m.group_name = ${sql.ref(`${alias}.group_name`)} and m.user_id = ${referrerId}
        ))`;
  return sql<boolean>`(${audience} = 'everyone' or ${isAudience})`;
};

/** A running campaign for the referrer. The last resort is `nobody`. */
const appliesCondition = (alias: 'c' | 'k', referrerId: RawBuilder<unknown> | null) =>
  sql<boolean>`(${sql.ref(`${alias}.audience`)} = 'nobody' or (
        ${runningCondition(alias)} and ${audienceCondition(alias, referrerId)}
      ))`;

/** Orders campaigns that apply: those that name the referrer, then a group's, then everyone's; the last started first. */
const precedence = (alias: 'c' | 'k') => sql`
      case ${sql.ref(`${alias}.audience`)} when 'users' then 1 when 'group' then 2 when 'everyone' then 3 else 4 end,
      ${sql.ref(`${alias}.started_at`)} desc, ${sql.ref(`${alias}.id`)} desc`;

/** The newest version of the campaign that applies to a referrer now. */
export const versionOfReferrerQuery = (referrerId: RawBuilder<unknown>) => sql`
      select v.* from referral_campaigns k join referral_campaign_versions v on v.campaign_id = k.id
      where ${appliesCondition('k', referrerId)}
      order by ${precedence('k')}, v.version desc limit 1`;

export type CampaignRow = Awaited<ReturnType<typeof listCampaignRows>>[number];

export async function listCampaignRows(db: Db, page: { before: string | null; limit: number }) {
  return selectCampaigns(db)
    .where('c.id', 'not in', BUILT_IN_CAMPAIGNS)
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
  selectCampaigns(db).where('c.id', '=', id).where('c.id', 'not in', BUILT_IN_CAMPAIGNS).executeTakeFirst();

/** With a null referrer the one for everyone. That of nobody always remains. */
export const findCampaignOfReferrer = (db: Db, referrerId: string | null): Promise<CampaignRow> =>
  selectCampaigns(db)
    .where(appliesCondition('c', referrerId === null ? null : sql`${referrerId}::uuid`))
    .orderBy(precedence('c'))
    .limit(1)
    .executeTakeFirstOrThrow();

export async function hasAudienceCampaigns(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('referral_campaigns as c')
    .select('c.id')
    .where('c.audience', 'in', ['users', 'group'])
    .where(runningCondition('c'))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function insertCampaign(
  trx: Trx,
  { group, ...row }: { id: string; name: string; audience: CampaignAudience; group: string | null },
): Promise<void> {
  await trx
    .insertInto('referral_campaigns')
    .values({ ...row, group_name: group })
    .execute();
}

export async function insertCampaignUsers(trx: Trx, campaignId: string, userIds: string[]): Promise<void> {
  await sql`
    insert into referral_campaign_users (campaign_id, user_id)
    select distinct ${campaignId}::uuid, u.id from unnest(${userIds}::uuid[]) u (id)`.execute(trx);
}

export const lockCampaign = (trx: Trx, id: string) =>
  trx
    .selectFrom('referral_campaigns')
    .select(['started_at as startedAt', 'ended_at as endedAt'])
    .where('id', '=', id)
    .where('id', 'not in', BUILT_IN_CAMPAIGNS)
    .forUpdate()
    .executeTakeFirst();

export async function insertCampaignVersion(
  trx: Trx,
  row: { id: string; campaignId: string; createdBy: string; terms: CampaignTermsInput },
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
      hold_days: terms.holdDays,
      cap: terms.cap,
      cap_period: terms.capPeriod,
      milestones: JSON.stringify(terms.milestones),
      auto_approve_limit: terms.autoApproveLimit,
      review_risk: terms.reviewRisk,
      signal_weights: JSON.stringify({ ...FRAUD_SIGNALS, ...terms.signalWeights }),
      timezone: terms.timezone,
      created_by: createdBy,
    })
    .execute();
}
