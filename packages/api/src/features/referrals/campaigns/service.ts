import { isUniqueViolation, type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import { forgetCached } from '../../../core/cache/caches.ts';
import type { AppCtx, DbCtx, UserCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { type PageRequest, paginate } from '../../../core/http/pagination.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import * as queries from './queries.ts';
import type {
  Campaign,
  CampaignVersion,
  createCampaignInput,
  publishCampaignInput,
  listCampaignVersionsInput,
} from './schema.ts';

// One campaign runs at a time, so its cache has one key.
const RUNNING = 'running';

/** The campaign that runs, with the terms that newcomers sign up under; cached for a moment. */
export const getRunningCampaign = (ctx: AppCtx): Promise<queries.CampaignRow> =>
  ctx.cache<queries.CampaignRow>('campaigns').get(RUNNING, () => queries.findRunningCampaign(ctx.db));

/** The milestones of a version, and the campaign it belongs to. */
export const getCampaignMilestones = (ctx: DbCtx, versionId: string) =>
  queries.findCampaignMilestones(ctx.db, versionId);

const toCampaign = (row: queries.CampaignRow): Campaign => {
  const { id, name, version, createdAt, startedAt, endedAt, versionId: _, ...terms } = row;
  return {
    id,
    name,
    state: endedAt ? 'ended' : startedAt ? 'running' : 'draft',
    version,
    terms,
    createdAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  };
};

/** All campaigns, newest first. */
export async function listCampaigns(ctx: AppCtx, input: PageRequest): Promise<Paginated<Campaign>> {
  return paginate(input, (before, limit) => queries.listCampaignRows(ctx.db, { before, limit }), toCampaign);
}

async function getCampaign(ctx: DbCtx, id: string): Promise<Campaign> {
  const row = await queries.findCampaign(ctx.db, id);
  if (!row) throw new AppError('NOT_FOUND', 'There is no such campaign');
  return toCampaign(row);
}

/** The versions of a campaign with their terms, newest first. Throws `NOT_FOUND`. */
export async function listCampaignVersions(
  ctx: AppCtx,
  input: z.infer<typeof listCampaignVersionsInput>,
): Promise<Paginated<CampaignVersion>> {
  const { id: campaignId } = input;
  await getCampaign(ctx, campaignId);
  return paginate(
    input,
    (before, limit) => queries.listCampaignVersionRows(ctx.db, { campaignId, before, limit }),
    ({ id, version, publishedAt, ...terms }) => ({
      id,
      version,
      terms,
      publishedAt: publishedAt.toISOString(),
    }),
  );
}

/** Drafts a campaign, which promises nothing to anybody until it is started. */
export async function createCampaign(
  ctx: UserCtx,
  input: z.infer<typeof createCampaignInput>,
): Promise<Campaign> {
  const id = generateId();
  const { userId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    await queries.insertCampaign(trx.db, { id, name: input.name });
    await queries.insertCampaignVersion(trx.db, {
      id: generateId(),
      campaignId: id,
      createdBy: userId,
      terms: input.terms,
    });
    await recordSecurityEvent(trx, 'campaign_created', { userId, details: { campaignId: id } });
  });
  return getCampaign(ctx, id);
}

/**
 * Publishes new terms for a campaign. They hold for those who sign up from now on; what was promised before
 * stays. Throws `NOT_FOUND`, and `CONFLICT` for a campaign that has ended.
 */
export async function publishCampaignVersion(
  ctx: UserCtx,
  input: z.infer<typeof publishCampaignInput>,
): Promise<Campaign> {
  const { userId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    const { state } = await getCampaign(trx, input.id);
    if (state === 'ended') throw new AppError('CONFLICT', 'This campaign has ended');
    await queries.insertCampaignVersion(trx.db, {
      id: generateId(),
      campaignId: input.id,
      createdBy: userId,
      terms: input.terms,
    });
    await recordSecurityEvent(trx, 'campaign_published', { userId, details: { campaignId: input.id } });
    await forgetCached(trx, 'campaigns', RUNNING);
  });
  return getCampaign(ctx, input.id);
}

/**
 * Starts a drafted campaign; the one that ran until now ends. Throws `NOT_FOUND`, and `CONFLICT` where it was
 * started before, or another one is being started.
 */
export async function startCampaign(ctx: UserCtx, { id }: { id: string }): Promise<Campaign> {
  const { userId } = ctx.principal;
  await getCampaign(ctx, id);
  try {
    await withTransaction(ctx, async (trx) => {
      if (!(await queries.replaceRunningCampaign(trx.db, id)))
        throw new AppError('CONFLICT', 'This campaign was started before');
      await recordSecurityEvent(trx, 'campaign_started', { userId, details: { campaignId: id } });
      await forgetCached(trx, 'campaigns', RUNNING);
    });
  } catch (error) {
    if (!isUniqueViolation(error, 'referral_campaigns_running_key')) throw error;
    throw new AppError('CONFLICT', 'Another campaign is being started');
  }
  return getCampaign(ctx, id);
}
