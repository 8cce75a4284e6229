import { isUniqueViolation, type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import { invalidateCached } from '../../../core/cache/caches.ts';
import type { AppCtx, DbCtx, UserCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { type PageRequest, paginate } from '../../../core/http/pagination.ts';
import { pickDefined } from '../../../core/objects.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import * as queries from './queries.ts';
import type {
  Campaign,
  CampaignVersion,
  createCampaignInput,
  publishCampaignInput,
  listCampaignVersionsInput,
} from './schema.ts';

const RUNNING = 'running';

/** Cached for under a second. */
export const getRunningCampaign = (ctx: AppCtx): Promise<queries.CampaignRow> =>
  ctx.cache<queries.CampaignRow>('campaigns').get(RUNNING, () => queries.findRunningCampaign(ctx.db));

export const getCampaignMilestones = (ctx: DbCtx, versionId: string) =>
  queries.findCampaignMilestones(ctx.db, versionId);

/** Of the newest version. Throws `NOT_FOUND`. */
export async function getNewestMilestones(ctx: DbCtx, campaignId: string) {
  const { terms } = await getCampaign(ctx, campaignId);
  return terms.milestones;
}

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

export async function listCampaigns(ctx: AppCtx, input: PageRequest): Promise<Paginated<Campaign>> {
  return paginate(input, (before, limit) => queries.listCampaignRows(ctx.db, { before, limit }), toCampaign);
}

const createCampaignNotFoundError = () => new AppError('NOT_FOUND', 'Campaign not found');

async function getCampaign(ctx: DbCtx, id: string): Promise<Campaign> {
  const row = await queries.findCampaign(ctx.db, id);
  if (!row) throw createCampaignNotFoundError();
  return toCampaign(row);
}

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

/** Creates a draft; its terms apply to nobody until it is started. */
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

/** Earlier referrals keep their terms. Throws `NOT_FOUND`, or `CONFLICT` if the campaign has ended. */
export async function publishCampaignVersion(
  ctx: UserCtx,
  input: z.infer<typeof publishCampaignInput>,
): Promise<Campaign> {
  const { userId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    const campaign = await queries.lockCampaign(trx.db, input.id);
    if (!campaign) throw createCampaignNotFoundError();
    if (campaign.endedAt) throw new AppError('CONFLICT', 'This campaign has ended');
    const newest = await getCampaign(trx, input.id);
    await queries.insertCampaignVersion(trx.db, {
      id: generateId(),
      campaignId: input.id,
      createdBy: userId,
      terms: { ...newest.terms, ...pickDefined(input.terms) },
    });
    await recordSecurityEvent(trx, 'campaign_published', { userId, details: { campaignId: input.id } });
    await invalidateCached(trx, 'campaigns', RUNNING);
  });
  return getCampaign(ctx, input.id);
}

/** Throws `NOT_FOUND`, or `CONFLICT` if it was started before or another campaign starts at the same time. */
export async function startCampaign(ctx: UserCtx, { id }: { id: string }): Promise<Campaign> {
  const { userId } = ctx.principal;
  try {
    await withTransaction(ctx, async (trx) => {
      const campaign = await queries.lockCampaign(trx.db, id);
      if (!campaign) throw createCampaignNotFoundError();
      if (campaign.startedAt) throw new AppError('CONFLICT', 'This campaign has already been started');
      await queries.replaceRunningCampaign(trx.db, id);
      await recordSecurityEvent(trx, 'campaign_started', { userId, details: { campaignId: id } });
      await invalidateCached(trx, 'campaigns', RUNNING);
    });
  } catch (error) {
    if (!isUniqueViolation(error, 'referral_campaigns_running_key')) throw error;
    throw new AppError('CONFLICT', 'Another campaign was started at the same time. Reload and try again.');
  }
  return getCampaign(ctx, id);
}
