import type { Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { Role } from '../../core/access.ts';
import { type CampaignTerms, TERM_COLUMNS } from './schema.ts';

/** `roleSubquery` of workspaces for `c.workspace_id`. */
export type RoleOfCampaign = RawBuilder<Role | null>;

const selectCampaigns = (db: Db) =>
  db
    .selectFrom('campaigns as c')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('campaign_versions as v')
          .selectAll('v')
          .whereRef('v.campaign_id', '=', 'c.id')
          .orderBy('v.version', 'desc')
          .limit(1)
          .as('v'),
      (join) => join.onTrue(),
    )
    .select([
      'c.id',
      'c.workspace_id as workspaceId',
      'c.name',
      'c.landing_url as landingUrl',
      'c.allowed_origins as allowedOrigins',
      'c.created_at as createdAt',
      'c.started_at as startedAt',
      'c.ended_at as endedAt',
      'v.version',
      ...TERM_COLUMNS,
    ]);

export type CampaignRow = Awaited<ReturnType<typeof listWorkspaceCampaignRows>>[number];

export async function listWorkspaceCampaignRows(
  db: Db,
  filter: { workspaces: RawBuilder<string> | string[]; before: string | null; limit: number },
) {
  return selectCampaigns(db)
    .where('c.workspace_id', 'in', filter.workspaces)
    .$call((query) => (filter.before === null ? query : query.where('c.id', '<', filter.before)))
    .orderBy('c.id', 'desc')
    .limit(filter.limit)
    .execute();
}

export const findCampaignRow = (db: Db, id: string, role: RoleOfCampaign) =>
  selectCampaigns(db).select(role.as('role')).where('c.id', '=', id).executeTakeFirst();

export async function lockCampaignRow(trx: Trx, id: string): Promise<void> {
  await trx.selectFrom('campaigns').select('id').where('id', '=', id).forNoKeyUpdate().execute();
}

export async function countCampaigns(trx: Trx, workspaceId: string): Promise<number> {
  const row = await trx
    .selectFrom('campaigns')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow();
  return row.count;
}

export async function insertCampaignRow(
  trx: Trx,
  row: { id: string; workspaceId: string; name: string; landingUrl: string | null; allowedOrigins: string[] },
): Promise<void> {
  await trx
    .insertInto('campaigns')
    .values({
      id: row.id,
      workspace_id: row.workspaceId,
      name: row.name,
      landing_url: row.landingUrl,
      allowed_origins: row.allowedOrigins,
    })
    .execute();
}

/** The caller has locked the campaign. */
export async function insertCampaignVersionRow(
  trx: Trx,
  row: { id: string; campaignId: string; createdBy: string; terms: CampaignTerms },
): Promise<void> {
  const { terms } = row;
  await trx
    .insertInto('campaign_versions')
    .values({
      id: row.id,
      campaign_id: row.campaignId,
      version: sql<number>`(
        select coalesce(max(version), 0) + 1 from campaign_versions where campaign_id = ${row.campaignId}
      )`,
      attribution: terms.attribution,
      qualifies_by: terms.qualifiesBy,
      reward_kind: terms.rewardKind,
      referrer_credits: terms.referrerCredits,
      referred_credits: terms.referredCredits,
      basis_points: terms.basisPoints,
      months: terms.months,
      hold_days: terms.holdDays,
      cap: terms.cap,
      cap_period: terms.capPeriod,
      timezone: terms.timezone,
      created_by: row.createdBy,
    })
    .execute();
}

export type CampaignChange = Partial<{
  name: string;
  landing_url: string | null;
  allowed_origins: string[];
  started_at: RawBuilder<Date>;
  ended_at: RawBuilder<Date>;
}>;

export async function updateCampaignRow(trx: Trx, id: string, change: CampaignChange): Promise<void> {
  await trx.updateTable('campaigns').set(change).where('id', '=', id).execute();
}

export async function listWorkspaceCampaignVersionRows(
  db: Db,
  page: { campaignId: string; before: string | null; limit: number },
) {
  return db
    .selectFrom('campaign_versions as v')
    .select(['v.id', 'v.version', 'v.created_at as publishedAt', ...TERM_COLUMNS])
    .where('v.campaign_id', '=', page.campaignId)
    .$call((query) => (page.before === null ? query : query.where('v.id', '<', page.before)))
    .orderBy('v.id', 'desc')
    .limit(page.limit)
    .execute();
}
